package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/captioner"
	"assay/core/caption/compose"
	"assay/core/caption/oracle"
	"assay/core/caption/picture"
	"assay/core/run"
)

// summaryEvery is how often the figures of a campaign under way are recorded.
const summaryEvery = time.Second

// campaign composes pairs and asks a captioner.
type campaign struct {
	p        bench.Params
	synonyms []oracle.Synonym
	stage    *Stage
	o        *oracle.Oracle
	c        captioner.Captioner
	asker    *captioner.Asker
	dir      string // of the pictures that a command sees
	cache    string

	mu   sync.Mutex
	said map[string]caption.Said // by sayKey
	list []caption.Said          // in the order of the answers
	hard map[int]bool            // cut-outs that are not named alone
}

func newCampaign(p bench.Params) (bench.Job, error) {
	j := &campaign{p: p, said: map[string]caption.Said{}, hard: map[int]bool{}}
	if _, _, err := source(p); err != nil {
		return nil, err
	}
	if _, err := captionTimeout(p); err != nil {
		return nil, err
	}
	if err := checkScenes(p); err != nil {
		return nil, err
	}
	var err error
	j.synonyms, err = Synonyms(p.String("synonyms"))
	return j, err
}

// Prepare implements bench.Job.
func (j *campaign) Prepare(ctx context.Context, env bench.Env) (err error) {
	if j.stage, err = NewStage(j.p); err != nil {
		return err
	}
	if len(j.stage.Plan.Cases) == 0 {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("no pair can be composed of this corpus: %v", j.stage.Plan.Rejected), Hint: "use cut-outs of other shapes, or fewer levels"}
	}
	set := j.stage.World.Corpus
	if j.o, err = oracle.New(oracle.Options{Variant: j.p.String("variant"), Classes: set.Classes(), Synonyms: j.synonyms, Also: set.Also()}); err != nil {
		return err
	}
	if j.dir, err = os.MkdirTemp("", "assay-caption-"); err != nil {
		return err
	}
	j.cache = cacheDir(j.p, env.CacheDir)
	j.c, err = open(ctx, j.p, j.o, j.dir)
	return err
}

func sayKey(sha string, repeat int) string { return sha + "/" + strconv.Itoa(repeat) }

// Run implements bench.Job.
func (j *campaign) Run(ctx context.Context, env bench.Env) error {
	if err := j.takeUp(ctx, env); err != nil {
		return err
	}
	plan := j.stage.planDoc(j.p, j.c, j.o.Variant())
	env.Recorder.Record(caption.RecordPlan, "", plan)
	cases := j.stage.Plan.Cases
	env.Recorder.Progress(0, int64(len(cases)))
	if j.p.Bool("solo") {
		if err := j.alone(ctx, env.Recorder); err != nil {
			return err
		}
	}
	var pairs []caption.Pair
	var last time.Time
	width := max(1, j.c.Parallel())
	for at := 0; at < len(cases); at += width {
		wave := cases[at:min(at+width, len(cases))]
		done, err := j.wave(ctx, env.Recorder, wave)
		if err != nil {
			return err
		}
		pairs = append(pairs, done...)
		env.Recorder.Progress(int64(len(pairs)), int64(len(cases)))
		if now := time.Now(); now.Sub(last) >= summaryEvery || len(pairs) == len(cases) {
			last = now
			s := summarise(j.o, len(cases), pairs, j.list, plan.Also)
			env.Recorder.Record(caption.RecordSummary, "", s)
			env.Recorder.Headline(headline(s))
		}
	}
	return env.Recorder.Commit(ctx)
}

// takeUp reads the captions of earlier attempts at this run.
func (j *campaign) takeUp(ctx context.Context, env bench.Env) error {
	records, err := env.Reader.Records(ctx, env.ID, caption.RecordSaid, 0)
	if err != nil {
		return err
	}
	for _, r := range records {
		var s caption.Said
		if err := json.Unmarshal(r.Data, &s); err != nil {
			return fmt.Errorf("record %s: %w", r.Key, err)
		}
		j.said[r.Key] = s
		j.list = append(j.list, s)
	}
	j.asker = captioner.NewAsker(j.c, captioner.Limits{
		Retries: j.p.Int("retries"), Rate: j.p.Float("rate"), MaxRequests: j.p.Int("max_requests"), BudgetUSD: j.p.Float("budget_usd"),
		PriceImage: j.p.Float("price_image"), PriceToken: j.p.Float("price_1k_tokens"), Breaker: j.p.Int("breaker"), CacheDir: j.cache,
	})
	return nil
}

// cost adds up what captions have cost, in USD.
func cost(said []caption.Said, p bench.Params) (usd float64) {
	for _, s := range said {
		usd += float64(s.Tries) * p.Float("price_image")
		if !s.Cached {
			usd += float64(s.Tokens) / 1000 * p.Float("price_1k_tokens")
		}
	}
	return usd
}

// question is a picture to be captioned.
type question struct {
	img    *image.NRGBA
	pic    caption.Picture
	repeat int
}

// wave captions and judges some pairs, as many at a time as the captioner takes.
func (j *campaign) wave(ctx context.Context, rec run.Recorder, cases []compose.Case) ([]caption.Pair, error) {
	drawn := map[string]question{}
	draw := func(s compose.Scene) question {
		q, ok := drawn[s.ID]
		if !ok {
			q.img, q.pic = j.stage.World.Render(s)
			drawn[s.ID] = q
		}
		return q
	}
	var asks []question
	wanted := map[string]bool{}
	want := func(s compose.Scene, repeat int) {
		q := draw(s)
		q.repeat = repeat
		key := sayKey(q.pic.SHA, repeat)
		if _, there := j.said[key]; !there && !wanted[key] {
			wanted[key] = true
			asks = append(asks, q)
		}
	}
	repeats := j.p.Int("repeats")
	for _, c := range cases {
		for r := range repeats {
			want(c.Source, r)
			want(c.Followup, j.repeat(c, r))
		}
		if j.p.Bool("null_control") {
			want(control(c.Source), 0)
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, j.c.Parallel()))
	for _, q := range asks {
		g.Go(func() error { return j.ask(gctx, rec, q) })
	}
	if err := g.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	var out []caption.Pair
	for _, c := range cases {
		p := j.judge(c, draw(c.Source).pic, draw(c.Followup).pic, repeats)
		if j.p.Bool("null_control") {
			j.steady(&p, draw(control(c.Source)).pic)
		}
		record(rec, &p)
		out = append(out, p)
	}
	return out, nil
}

// repeat returns which answer about the follow-up picture counts for repeat r:
// that of a round trip has the pixels of the source and is asked for anew.
func (j *campaign) repeat(c compose.Case, r int) int {
	if c.Relation == caption.RoundTrip {
		return r + j.p.Int("repeats")
	}
	return r
}

// control is a source scene with invisible noise. Its seed follows from the
// scene, so that it is the same for all pairs of it.
func control(s compose.Scene) compose.Scene {
	s.ID += "-N"
	s.Noise = 1
	return s
}

// ask puts one question and commits the answer.
func (j *campaign) ask(ctx context.Context, rec run.Recorder, q question) error {
	said, err := j.asker.Ask(ctx, captioner.Picture{ID: q.pic.ID, SHA: q.pic.SHA, Image: q.img}, q.repeat)
	if err != nil && said.Text == "" && said.Failure == "" {
		return err
	}
	key := sayKey(q.pic.SHA, q.repeat)
	j.mu.Lock()
	j.said[key] = said
	j.list = append(j.list, said)
	j.mu.Unlock()
	rec.Record(caption.RecordSaid, key, said)
	if said.Failure != "" {
		rec.Event(run.Warn, "captioner", q.pic.ID+": "+said.Failure+": "+said.Detail, nil)
	}
	return errors.Join(rec.Commit(ctx), err)
}

// judge makes the pair of a case whose captions are there.
func (j *campaign) judge(c compose.Case, source, followup caption.Picture, repeats int) caption.Pair {
	p := caption.Pair{ID: c.ID, Relation: c.Relation, Background: j.stage.World.Backgrounds[c.Source.Background].Name, Object: c.Class, Level: c.Level, Rho: c.Rho,
		Source: source, Followup: followup, Known: !j.stage.World.Backgrounds[c.Source.Background].Photo, Hard: j.hard[c.Object]}
	var said [][2]string
	for r := range repeats {
		a, b := j.said[sayKey(source.SHA, r)], j.said[sayKey(followup.SHA, j.repeat(c, r))]
		if a.Failure != "" || b.Failure != "" {
			if r == 0 || p.Failed == [2]string{} {
				p.Failed = [2]string{a.Failure, b.Failure}
				p.Captions = [2]string{a.Text, b.Text}
			}
			continue
		}
		said = append(said, [2]string{a.Text, b.Text})
	}
	if len(said) == 0 {
		return p
	}
	p.Failed = [2]string{}
	verdictOf(j.o, &p, c.Left, said)
	if p.Known {
		tell(j.o, &p, j.stage.World.Corpus.Also())
	}
	return p
}

// steady marks a pair whose captioner changes its mind under invisible noise.
func (j *campaign) steady(p *caption.Pair, control caption.Picture) {
	n, ok := j.said[sayKey(control.SHA, 0)]
	if !ok || n.Failure != "" || !p.Judged() {
		return
	}
	if v := j.o.Same(p.Captions[0], n.Text); v.Verdict == caption.Issue {
		p.Unstable = true
	}
}

// record stores a pair, and its finding where there is one.
func record(rec run.Recorder, p *caption.Pair) {
	rec.Record(caption.RecordPair, p.ID, p)
	if p.Verdict == caption.Issue || p.Verdict == caption.Unsure {
		rec.Record(run.FindingKind, p.ID, issueOf(p))
	}
}

// alone captions each object of the plan on mid-grey and notes which are not
// named even there: an omission of those is a lack of knowledge, not of sight.
func (j *campaign) alone(ctx context.Context, rec run.Recorder) error {
	seen := map[int]bool{}
	for _, c := range j.stage.Plan.Cases {
		if seen[c.Object] {
			continue
		}
		seen[c.Object] = true
		o := j.stage.World.Corpus.Objects[c.Object]
		img := solo(o.Pixels.Image())
		pic := caption.Picture{ID: "solo-" + strconv.Itoa(c.Object), SHA: picture.Hash(img)}
		said, ok := j.said[sayKey(pic.SHA, 0)]
		if !ok {
			if err := j.ask(ctx, rec, question{img: img, pic: pic}); err != nil {
				return err
			}
			said = j.said[sayKey(pic.SHA, 0)]
		}
		if _, named := j.o.Count(said.Text, o.Class); said.Failure == "" && !named {
			j.hard[c.Object] = true
		}
	}
	return nil
}

// solo centres a cut-out on a grey square, filling half of it.
func solo(o *image.NRGBA) *image.NRGBA {
	const side = 192
	w, h := o.Rect.Dx(), o.Rect.Dy()
	nw, nh := max(1, w*side/2/max(w, h)), max(1, h*side/2/max(w, h))
	small := picture.CatmullRom.Resize(picture.Premultiply(o), nw, nh)
	out := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range out.Pix {
		out.Pix[i] = 128 | byte(i%4/3*127)
	}
	for y := range nh {
		for x := range nw {
			s, d := small.Pix[y*small.Stride+4*x:], out.Pix[((side-nh)/2+y)*out.Stride+4*((side-nw)/2+x):]
			for c := range 3 {
				d[c] = byte(min(255, int(s[c])+int(d[c])*(255-int(s[3]))/255))
			}
		}
	}
	return out
}

// Close implements bench.Job.
func (j *campaign) Close() error {
	var err error
	if j.c != nil {
		err = j.c.Close()
	}
	if j.dir != "" {
		err = errors.Join(err, os.RemoveAll(j.dir))
	}
	return err
}

func headline(s caption.Summary) string {
	text := fmt.Sprintf("%d issues in %d pairs, %d distinct", s.IssuesRaw, s.PairsJudged, s.Distinct)
	if s.Known > 0 && s.IssuesRaw > 0 {
		text += fmt.Sprintf(", precision %.2f recall %.2f", s.Precision, s.Recall)
	}
	n := 0
	for _, f := range s.Failures {
		n += f
	}
	if n > 0 {
		text += fmt.Sprintf(", %d captions failed", n)
	}
	return text
}
