package stat

import "math"

// TInterval returns the 95 % interval of the mean of independent samples, by
// Student's t with n-1 degrees of freedom. ok is false for fewer than two
// samples, which say nothing about their spread.
func TInterval(x []float64) (ci [2]float64, ok bool) {
	n := len(x)
	if n < 2 {
		return ci, false
	}
	m, ss := Mean(x), 0.0
	for _, v := range x {
		ss += (v - m) * (v - m)
	}
	half := TQuantile(0.975, n-1) * math.Sqrt(ss/float64(n-1)/float64(n))
	return [2]float64{m - half, m + half}, true
}

// TQuantile returns the p-quantile of Student's t, p inside 0 to 1, df at least 1.
// It inverts the distribution by bisection to the last bits of a float64.
func TQuantile(p float64, df int) float64 {
	if p == 0.5 {
		return 0
	}
	if p < 0.5 {
		return -TQuantile(1-p, df)
	}
	lo, hi := 0.0, 1.0
	for tTail(hi, df) > 1-p && hi < 1e300 {
		hi *= 2
	}
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if tTail(mid, df) > 1-p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// tTail is the probability above t > 0: half the incomplete beta function
// I_x(df/2, 1/2) at x = df/(df+t^2).
func tTail(t float64, df int) float64 {
	v := float64(df)
	return betaInc(v/2, 0.5, v/(v+t*t)) / 2
}

// betaInc is the regularised incomplete beta function, by its continued
// fraction (Abramowitz and Stegun 26.5.8), evaluated by Lentz's method.
func betaInc(a, b, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	if x > (a+1)/(a+b+2) { // where the fraction of the other side converges faster
		return 1 - betaInc(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	f := d
	for m := 1.0; m < 500; m++ {
		for _, k := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			if d = 1 + k*d; math.Abs(d) < tiny {
				d = tiny
			}
			if c = 1 + k/c; math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			f *= c * d
		}
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	return front * f
}
