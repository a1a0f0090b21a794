package embed

import (
	"math"

	"faceid/embed/resample"
)

// sharpnessHalf is the variance of the Laplacian, in squared grey levels, at which Sharpness is one half. LFW's crops
// have a median of 0.52 with it, and the same crops once shrunk to 18 × 18 pixels (JPEG 60) one of 0.07.
const sharpnessHalf = 100

// Sharpness returns a figure in [0, 1) for an aligned crop, higher is sharper: v/(v + 100) for the variance v of the
// grey crop's Laplacian with four neighbours (Pech-Pacheco et al., ICPR 2000). The crop has one size for all faces, so
// that a large face in the photo does not count as a blurred one; a small face, enlarged to the crop, rightly does. It
// depends on contrast and noise too: compare photos of one camera, not of two.
func Sharpness(crop *Image) float32 {
	w, h := crop.W, crop.H
	g := make([]float32, w*h)
	resample.Tensor(crop, g, resample.Grey, false)
	var n, sum, sq float64
	for y := 1; y < h-1; y++ {
		up, at, down := g[(y-1)*w:y*w], g[y*w:(y+1)*w], g[(y+1)*w:(y+2)*w]
		for x := 1; x < w-1; x++ {
			l := float64(at[x-1] + at[x+1] + up[x] + down[x] - 4*at[x])
			sum += l
			sq += l * l
		}
	}
	if n = float64((w - 2) * (h - 2)); w < 3 || h < 3 {
		return 0
	}
	v := max(0, sq/n-(sum/n)*(sum/n))
	return float32(v / (v + sharpnessHalf))
}

// Frontal returns in [0, 1] the share of the face that looks at the camera, cos(yaw)·cos(pitch) of Pose; 1 is frontal.
// Roll does not count, since alignment takes it out. It is 0 for points that no face can have.
func Frontal(p Landmarks) float32 {
	yaw, pitch, _ := Pose(p)
	f := math.Cos(yaw) * math.Cos(pitch)
	if f < 1e-6 { // cos(π/2) in float64
		return 0
	}
	return float32(f)
}

// Pose estimates the direction of a face in radians from where its nose tip lies among eyes and mouth corners: yaw > 0
// turned towards image-right, pitch > 0 looking down, roll > 0 leaning clockwise. The nose tip of the average face
// stands half an eye distance before the plane of the other four points, so that it moves by half the tangent of the
// angle. Good to some ten degrees below 45° and a mere indication above: for sorting, not for measuring. Points that no
// face can have give π/2.
func Pose(p Landmarks) (yaw, pitch, roll float64) {
	var q [5][2]float64
	for i, v := range p {
		q[i] = [2]float64{float64(v.X), float64(v.Y)}
	}
	ex, ey := (q[0][0]+q[1][0])/2, (q[0][1]+q[1][1])/2
	mx, my := (q[3][0]+q[4][0])/2, (q[3][1]+q[4][1])/2
	// Across the face: from eye to eye and from corner to corner of the mouth.
	ax, ay := q[1][0]-q[0][0]+q[4][0]-q[3][0], q[1][1]-q[0][1]+q[4][1]-q[3][1]
	a := math.Hypot(ax, ay)
	ax, ay = ax/a, ay/a
	eyes := (q[1][0]-q[0][0])*ax + (q[1][1]-q[0][1])*ay
	height := (my-ey)*ax - (mx-ex)*ay // along (−ay, ax), down the face
	if !(eyes > 0 && height > 0) || math.IsInf(a, 0) {
		return math.Pi / 2, math.Pi / 2, 0
	}
	nx, ny := q[2][0]-ex, q[2][1]-ey
	down := (ny*ax - nx*ay) / height // 0 at the eyes, 1 at the mouth
	// The middle line runs from between the eyes to the middle of the mouth, wherever a tilted head puts that.
	side := ((nx-down*(mx-ex))*ax + (ny-down*(my-ey))*ay) / eyes
	yaw = math.Atan(side / noseDepth)
	pitch = math.Atan((down - noseDown) / (noseDepth / faceHeight))
	return yaw, pitch, math.Atan2(ay, ax)
}

// Proportions of the average face; noseDown and faceHeight are Template's.
const (
	noseDepth  = 0.5    // nose tip before the plane of eyes and mouth, in eye distances
	noseDown   = 0.4951 // nose tip between the eyes, 0, and the mouth, 1
	faceHeight = 1.1546 // eyes to mouth in eye distances
)
