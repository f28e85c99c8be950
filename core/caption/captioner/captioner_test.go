package captioner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/core/caption"
	"assay/core/caption/captioner"
	"assay/core/caption/oracle"
	"assay/core/caption/picture"
	"assay/core/run"
)

func coco(t testing.TB) *oracle.Oracle {
	t.Helper()
	list, _ := oracle.ClassList(oracle.COCO80)
	o, err := oracle.New(oracle.Options{Classes: list})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func pic(id string) captioner.Picture {
	m := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range m.Pix {
		m.Pix[i] = byte(len(id)*31 + i)
	}
	return captioner.Picture{ID: id, SHA: picture.Hash(m), Image: m}
}

// script writes a shell script that answers by the name of its picture.
func script(t *testing.T, body string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "caption.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", path}
}

func TestTroubleWithACommandIsNamed(t *testing.T) {
	words := script(t, `case $(basename "$1" .png) in
crash) echo "no model" >&2; exit 7;;
timeout) sleep 30;;
empty) ;;
multi_line) echo "a dog"; echo "a cat";;
language) echo "ein Hund und eine Katze auf dem Feld";;
bad_utf8) printf 'a dog \377\376\n';;
invalid) echo "I'm sorry, I cannot see the image.";;
long) head -c 1000000 /dev/zero | tr '\0' x;;
escape) printf 'a \033[31mred\033[0m dog\n';;
*) echo "a dog on a bench";;
esac`)
	c := captioner.NewCommand(coco(t), words, t.TempDir(), 2*time.Second, 1)
	defer c.Close()
	for _, kind := range []string{caption.FailCrash, caption.FailTimeout, caption.FailEmpty, caption.FailMultiLine, caption.FailLanguage, caption.FailBadUTF8, caption.FailInvalid} {
		a, err := c.Ask(t.Context(), pic(kind), 0)
		if err != nil || a.Failure != kind || a.Detail == "" {
			t.Errorf("%s: %+v, %v", kind, a, err)
		}
	}
	for id, want := range map[string]string{"good": "a dog on a bench", "escape": "a red dog"} {
		if a, err := c.Ask(t.Context(), pic(id), 0); err != nil || a.Text != want || a.Failure != "" {
			t.Errorf("%s: %+v, %v", id, a, err)
		}
	}
	if a, err := c.Ask(t.Context(), pic("long"), 0); err != nil || len(a.Text) > oracle.MaxCaption || a.Failure == "" && !a.Truncated {
		t.Errorf("a line of 1 MB: %d bytes, %q, %v", len(a.Text), a.Failure, err)
	}
}

// A command that starts others and hangs must not leave them behind, and
// cancellation must not wait for it.
func TestACommandIsEndedWithWhatItStarted(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	c := captioner.NewCommand(coco(t), script(t, "sleep 60 & echo $! > "+pidFile+"; wait"), t.TempDir(), time.Second, 1)
	if a, err := c.Ask(t.Context(), pic("x"), 0); err != nil || a.Failure != caption.FailTimeout {
		t.Fatalf("%+v, %v", a, err)
	}
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %s is still there: %s", pid, stat)
		}
		time.Sleep(10 * time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Ask(ctx, pic("x"), 0); err == nil {
		t.Error("a cancelled question was answered")
	}
}

func TestWordsAreSplitWithoutAShell(t *testing.T) {
	for in, want := range map[string][]string{
		"a b  c": {"a", "b", "c"}, `a 'b c' "d'e"`: {"a", "b c", "d'e"}, `a "" $HOME;x`: {"a", "", "$HOME;x"},
	} {
		if got, err := captioner.Words(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q %v, expected %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "  ", "a 'b"} {
		if _, err := captioner.Words(in); run.CodeOf(err) != run.EUsage {
			t.Errorf("%q: %v, expected a usage error", in, err)
		}
	}
	if _, err := captioner.Locate([]string{"/nowhere/at-all"}); err == nil || !strings.Contains(err.Error(), "/nowhere/at-all") {
		t.Errorf("a missing program: %v", err)
	}
}

func TestAProgramThatStaysIsStartedAgain(t *testing.T) {
	words := script(t, `echo '{"ready":true}'
while read line; do
  id=$(echo "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/')
  case $id in
  die/*) exit 1;;
  hang/*) sleep 30;;
  report/*) echo "{\"id\":\"$id\",\"error\":\"cannot open\"}";;
  *) echo noise; echo "{\"id\":\"other\",\"caption\":\"a cat\"}"; echo "{\"id\":\"$id\",\"caption\":\"a dog\",\"confidence\":0.5}";;
  esac
done`)
	c := captioner.NewLines(coco(t), words, t.TempDir(), 2*time.Second)
	defer c.Close()
	for _, q := range []struct{ id, failure string }{{"a", ""}, {"die", caption.FailCrash}, {"b", ""}, {"hang", caption.FailTimeout}, {"report", caption.FailCrash}, {"c", ""}} {
		a, err := c.Ask(t.Context(), pic(q.id), 0)
		if err != nil || a.Failure != q.failure || q.failure == "" && (a.Text != "a dog" || a.Conf != 0.5) {
			t.Errorf("%s: %+v, %v; expected failure %q", q.id, a, err, q.failure)
		}
	}
}

// server answers chat completions as the test says.
func server(t *testing.T, answer func(n int, w http.ResponseWriter, body map[string]any)) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"first"},{"id":"second"}]}`)
			return
		}
		var body map[string]any
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &body); err != nil {
			t.Errorf("body: %v", err)
		}
		answer(int(n.Add(1)), w, body)
	}))
	t.Cleanup(s.Close)
	return s, &n
}

func say(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, `{"choices":[{"message":{"content":%q}}],"usage":{"total_tokens":70}}`, text)
}

func endpoint(url string) captioner.Endpoint {
	return captioner.Endpoint{URL: url, Prompt: captioner.PromptNeutral, Detail: "low", Timeout: 5 * time.Second, Parallel: 1, Key: "secret"}
}

func TestChatEndpointsAreAsked(t *testing.T) {
	s, _ := server(t, func(_ int, w http.ResponseWriter, body map[string]any) {
		if body["model"] != "first" {
			t.Errorf("model %v, expected the endpoint's first", body["model"])
		}
		if _, ok := body["seed"]; ok {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"unknown field seed"}`)
			return
		}
		say(w, `"The image shows a dog."`)
	})
	c, err := captioner.NewChat(t.Context(), coco(t), endpoint(s.URL+"/v1/"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Ask(t.Context(), pic("x"), 0)
	if err != nil || a.Text != "a dog." || a.Tokens != 70 {
		t.Errorf("%+v, %v", a, err)
	}
	if f := c.Fingerprint(); strings.Contains(f, "secret") || !strings.Contains(f, "first") {
		t.Errorf("fingerprint %q", f)
	}
}

func TestTroubleWithAnEndpointIsNamedAndRetried(t *testing.T) {
	for _, q := range []struct {
		status int
		kind   string
		tries  int
	}{{400, caption.FailHTTP4xx, 1}, {404, caption.FailHTTP4xx, 1}, {429, caption.FailRateLimited, 3}, {503, caption.FailHTTP5xx, 3}} {
		s, n := server(t, func(_ int, w http.ResponseWriter, _ map[string]any) {
			w.Header().Set("retry-after-ms", "1")
			w.WriteHeader(q.status)
		})
		e := endpoint(s.URL)
		e.Model = "m"
		c, err := captioner.NewChat(t.Context(), coco(t), e)
		if err != nil {
			t.Fatal(err)
		}
		// The retries of an endpoint wait up to seconds; one is enough to count.
		retries := min(q.tries-1, 1)
		said, err := captioner.NewAsker(c, captioner.Limits{Retries: retries}).Ask(t.Context(), pic("x"), 0)
		if err != nil || said.Failure != q.kind || said.Tries != 1+retries || n.Load() != int64(1+retries) {
			t.Errorf("%d: %+v, %v after %d requests", q.status, said, err, n.Load())
		}
	}
}

func TestWhatIsNoEndpointEndsTheCampaign(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><p>hello")
	}))
	defer page.Close()
	if _, err := captioner.NewChat(t.Context(), coco(t), endpoint(page.URL)); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "web page") {
		t.Errorf("a web page for models: %v", err)
	}
	e := endpoint(page.URL)
	e.Model = "m"
	c, err := captioner.NewChat(t.Context(), coco(t), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(t.Context(), pic("x"), 0); run.CodeOf(err) != run.EInput {
		t.Errorf("a web page for a caption: %v", err)
	}
	s, _ := server(t, func(_ int, w http.ResponseWriter, _ map[string]any) { w.WriteHeader(http.StatusUnauthorized) })
	e = endpoint(s.URL)
	e.Model = "m"
	if c, err = captioner.NewChat(t.Context(), coco(t), e); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(t.Context(), pic("x"), 0); run.CodeOf(err) != run.EInput || strings.Contains(err.Error(), "secret") {
		t.Errorf("a wrong key: %v", err)
	}
	if _, err := captioner.NewChat(t.Context(), coco(t), endpoint("localhost:1")); run.CodeOf(err) != run.EUsage {
		t.Errorf("no address: %v", err)
	}
}

func TestDescribeEndpointsAreAsked(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Ocp-Apim-Subscription-Key") != "secret" || r.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("headers %v", r.Header)
		}
		if strings.Contains(r.URL.Path, "v3.2") {
			fmt.Fprint(w, `{"description":{"captions":[{"text":"a dog","confidence":0.9}]}}`)
		} else {
			fmt.Fprint(w, `{"captionResult":{"text":"a cat","confidence":0.8}}`)
		}
	}))
	defer s.Close()
	for four, want := range map[bool]string{false: "a dog", true: "a cat"} {
		c, err := captioner.NewDescribe(coco(t), endpoint(s.URL), four)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := c.Ask(t.Context(), pic("x"), 0); err != nil || a.Text != want || a.Conf == 0 {
			t.Errorf("version 4 %v: %+v %v", four, a, err)
		}
	}
}

// counter counts its questions.
type counter struct {
	n      int
	answer captioner.Answer
}

func (c *counter) Fingerprint() string { return "counter" }
func (c *counter) Parallel() int       { return 1 }
func (c *counter) Close() error        { return nil }
func (c *counter) Ask(context.Context, captioner.Picture, int) (captioner.Answer, error) {
	c.n++
	return c.answer, nil
}

func TestAnswersAreCachedByContent(t *testing.T) {
	c := &counter{answer: captioner.Answer{Text: "a dog"}}
	l := captioner.Limits{CacheDir: t.TempDir()}
	same := pic("x")
	same.ID = "another name"
	for _, q := range []struct {
		p      captioner.Picture
		repeat int
		n      int
	}{{pic("x"), 0, 1}, {pic("x"), 0, 1}, {same, 0, 1}, {pic("x"), 1, 2}, {pic("yy"), 0, 3}} {
		said, err := captioner.NewAsker(c, l).Ask(t.Context(), q.p, q.repeat)
		if err != nil || said.Text != "a dog" || c.n != q.n || said.Picture != q.p.SHA {
			t.Errorf("%s/%d: %+v %v after %d questions, expected %d", q.p.ID, q.repeat, said, err, c.n, q.n)
		}
	}
	bad := &counter{answer: captioner.Answer{Failure: caption.FailEmpty}}
	for range 2 {
		if _, err := captioner.NewAsker(bad, captioner.Limits{CacheDir: t.TempDir()}).Ask(t.Context(), pic("x"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if bad.n != 2 {
		t.Error("a failure was cached")
	}
}

func TestBudgetsStop(t *testing.T) {
	for name, l := range map[string]captioner.Limits{"requests": {MaxRequests: 2}, "dollars": {BudgetUSD: 0.25, PriceImage: 0.1}} {
		c := &counter{answer: captioner.Answer{Text: "a dog"}}
		a := captioner.NewAsker(c, l)
		var err error
		for range 3 {
			_, err = a.Ask(t.Context(), pic("x"), 0)
		}
		if run.CodeOf(err) != run.ECancelled || c.n != 2 {
			t.Errorf("%s: %v after %d requests, expected a stop after 2", name, err, c.n)
		}
	}
}

func TestCaptionFiles(t *testing.T) {
	for in, want := range map[string]string{
		`{"image":"dir/b0001.png","caption":"a dog"}`:       "b0001",
		`{"file":"b0001.png","caption":"a dog"}`:            "b0001",
		`{"id":"b0001","caption":"a dog"}`:                  "b0001",
		`[{"image_id":42,"caption":"a dog"}]`:               "42",
		"42\t[{\"caption\": \"a dog\", \"conf\": 0.9}]\n\n": "42",
	} {
		got, err := captioner.ParseCaptions([]byte(in))
		if err != nil || got[want] != "a dog" {
			t.Errorf("%s: %v %v", in, got, err)
		}
	}
	for in, want := range map[string]string{"": "no caption", "{}": "no caption", `{"caption":"x"}`: "names no picture", "[1]": "list", "x\ty": "line 1", "nonsense": "line 1"} {
		if _, err := captioner.ParseCaptions([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", in, err, want)
		}
	}
}

func FuzzParseCaptions(f *testing.F) {
	f.Add([]byte(`{"id":"a","caption":"b"}`))
	f.Add([]byte("1\t[{\"caption\":\"x\"}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := captioner.ParseCaptions(data); err == nil && len(m) == 0 && len(bytes.TrimSpace(data)) > 0 && !bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
			t.Error("no caption and no error")
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add(`a 'b c' "d"`)
	f.Fuzz(func(t *testing.T, text string) {
		if w, err := captioner.Words(text); err == nil && len(w) == 0 {
			t.Error("no word and no error")
		}
	})
}
