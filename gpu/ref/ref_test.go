package ref

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFMA32RoundsOnce compares with exact arithmetic, on random values and on
// values made so that a sum in float64 falls just beside a tie of float32.
func TestFMA32RoundsOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	value := func() float32 {
		return float32(math.Ldexp(float64(int32(rng.Uint32()>>7)-1<<24), rng.IntN(60)-54))
	}
	for i := range 200_000 {
		x, y, z := value(), value(), value()
		if i%2 == 0 {
			// x*y is a tiny number beside half a unit of z.
			z = math.Float32frombits(0x3f800000 | rng.Uint32()>>9)
			x, y = float32(math.Ldexp(1+float64(rng.IntN(3)-1)*0x1p-23, -24)), 1+float32(rng.IntN(5)-2)*0x1p-23
		}
		exact := new(big.Float).SetPrec(400).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		exact.SetPrec(400).Add(exact, big.NewFloat(float64(z)))
		want, _ := exact.Float32()
		if got := FMA32(x, y, z); got != want {
			t.Fatalf("%g*%g+%g: got %g, expected %g", x, y, z, got, want)
		}
	}
}

func TestNarrowFormatsKnowTheirLandmarks(t *testing.T) {
	for _, c := range []struct {
		x    float32
		f16  uint16
		bf16 uint16
	}{
		{0, 0, 0},
		{float32(math.Copysign(0, -1)), 0x8000, 0x8000},
		{1, 0x3c00, 0x3f80},
		{-2, 0xc000, 0xc000},
		{65504, 0x7bff, 0x4780},
		{65519.996, 0x7bff, 0x4780},
		{65520, 0x7c00, 0x4780},
		{0x1p-24, 0x0001, 0x3380},
		{0x1p-25, 0x0000, 0x3300}, // a tie goes to the even zero
		{0x1.000002p-25, 0x0001, 0x3300},
		{0x1p-14, 0x0400, 0x3880},
		{1 + 0x1p-11, 0x3c00, 0x3f80},
		{1 + 3*0x1p-11, 0x3c02, 0x3f80},
		{math.MaxFloat32, 0x7c00, 0x7f80},
		{float32(math.Inf(-1)), 0xfc00, 0xff80},
		{0x1p-149, 0, 0},
		{0x1p-133, 0, 0x0001},
	} {
		if got := F16(c.x); got != c.f16 {
			t.Errorf("F16(%g) = %04x, expected %04x", c.x, got, c.f16)
		}
		if got := BF16(c.x); got != c.bf16 {
			t.Errorf("BF16(%g) = %04x, expected %04x", c.x, got, c.bf16)
		}
	}
	for h := range 1 << 16 {
		if v := FromF16(uint16(h)); v == v && F16(v) != uint16(h) {
			t.Fatalf("f16 %04x does not come back", h)
		}
		if v := FromBF16(uint16(h)); v == v && BF16(v) != uint16(h) {
			t.Fatalf("bf16 %04x does not come back", h)
		}
	}
}

func TestAttentionInCasesKnownByHand(t *testing.T) {
	k, v := []float32{1, 0, 0, 1, 1, 1}, []float32{2, 4, 6, 8, 10, 12}
	a := Attn{S: 2, H: 1, N: 3, G: 1, D: 2, Scale: 1, QPos: []int32{0, 1}}
	out, lse := Attention(a, []float32{5, 7, 0, 0}, k, v)
	// Row 0 sees one key; row 1 has equal scores for two.
	if want := []float64{2, 4, 4, 6}; !slices.Equal(out, want) {
		t.Errorf("output %v, expected %v", out, want)
	}
	if lse[0] != 5 || math.Abs(lse[1]-math.Log(2)) > 1e-15 {
		t.Errorf("lse %v", lse)
	}
	a.QPos = []int32{-1, -1}
	out, lse = Attention(a, []float32{5, 7, 0, 0}, k, v)
	if want := []float64{0, 0, 0, 0}; !slices.Equal(out, want) || !math.IsInf(lse[0], -1) {
		t.Errorf("a row that sees nothing: %v, %v", out, lse)
	}
}

func TestVisibleFollowsTheMask(t *testing.T) {
	for _, c := range []struct {
		a    Attn
		want string
	}{
		{Attn{S: 2, N: 4, Mask: Full}, "1111 1111"},
		{Attn{S: 2, N: 4, Mask: BottomRight}, "1110 1111"},
		{Attn{S: 2, N: 4, Mask: BottomRight, Window: 2}, "0110 0011"},
		{Attn{S: 2, N: 4, QPos: []int32{3, 1}}, "1111 1100"},
		{Attn{S: 2, N: 4, QPos: []int32{3, 1}, KPos: []int32{9, 1, 3, 2}, Window: 2}, "0011 0100"},
	} {
		got := ""
		for r := range c.a.S {
			if r > 0 {
				got += " "
			}
			for j := range c.a.N {
				if c.a.Visible(r, j) {
					got += "1"
				} else {
					got += "0"
				}
			}
		}
		if got != c.want {
			t.Errorf("%+v: %s, expected %s", c.a, got, c.want)
		}
	}
}

func ExampleChain() {
	// x*x has more digits than float32 holds; the chain keeps them until the sum.
	x := float32(1 + 0x1p-12)
	fmt.Println(Chain([]float32{1, x}, []float32{-1, x}, nil, nil, 1, 1, 2), x*x-1)
	// Output: [0.00048834085] 0.00048828125
}
