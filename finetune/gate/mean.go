package gate

import "math"

// DecidingFigure is what the gate decides by: the area under the ROC curve between two FARs on a logarithmic axis,
// over its width. On few people a handful of impostor pairs place the threshold of one FAR, and with it a TAR there;
// the mean over thresholds moves less by chance, and gains as much. The same for any number of people, so that more
// people never prove less.
const DecidingFigure = "mean TAR at FAR 3e-3 to 1e-1"

// grid are FARs a quarter of a decade apart: meanFARs, and one on either side, between which the slope of the curve is
// taken.
var grid = func() (f []float64) {
	for k := range 9 {
		f = append(f, math.Pow(10, -2.75+float64(k)/4))
	}
	return f
}()

// meanFARs are those that MeanTAR is the mean over, 3.2e-3 to 1e-1.
var meanFARs = grid[1 : len(grid)-1]
