package gate

import "faceid/finetune/dense"

// Strangers are two people who met in a round, with the score of a clean photo of each before and after.
type Strangers struct {
	A, B          int32 // numbers of people, A < B
	Before, After float32
}

// mostStrangers bounds the pairs that are kept: enough for a rate of 1e-5.
const mostStrangers = 1 << 20

// strangers compares every two people that meet, once; another photo of a person with each partner, so that none rules.
func (p *Panel) strangers(before dense.Layer, after *Panel) (out []Strangers) {
	met := map[[2]int32]bool{}
	for k, m := range p.rounds {
		x, y := dense.Embed(m.gallery, before), dense.Embed(m.gallery, after.layers[k])
		rows := make([][]int, p.people)
		for i, q := range x.Person {
			rows[q] = append(rows[q], i)
		}
		for a := range int32(p.people) {
			for b := a + 1; b < int32(p.people) && len(rows[a]) > 0; b++ {
				pair := [2]int32{a, b}
				if len(rows[b]) == 0 || met[pair] {
					continue
				}
				if met[pair] = true; len(met) > mostStrangers {
					return out
				}
				i, j := rows[a][int(b)%len(rows[a])], rows[b][int(a)%len(rows[b])]
				out = append(out, Strangers{a, b, dot(x.Row(i), x.Row(j)), dot(y.Row(i), y.Row(j))})
			}
		}
	}
	return out
}

func dot(a, b []float32) float32 {
	var s float64
	for k, v := range a {
		s += float64(v) * float64(b[k])
	}
	return float32(s)
}
