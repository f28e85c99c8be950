package captioner

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// The stock prompts.
const (
	PromptNeutral   = "Describe this image in one sentence."
	PromptInventory = "In one sentence, name every object you can see and how many of each."
)

// maxReply bounds the body of an endpoint's reply.
const maxReply = 4 << 20

// Endpoint says how to reach a captioner behind HTTP.
type Endpoint struct {
	URL      string
	Key      string // secret; never stored
	Model    string // "" asks the endpoint for its first one
	Prompt   string
	Detail   string // low, high or auto
	Timeout  time.Duration
	Parallel int
}

// client is what the HTTP adapters share.
type client struct {
	o    *oracle.Oracle
	e    Endpoint
	http *http.Client

	mu    sync.Mutex
	asked bool // an answer has come: later trouble is trouble with one picture
}

func newClient(o *oracle.Oracle, e Endpoint) (*client, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("endpoint %q: expected an address such as http://localhost:8000/v1", e.URL)}
	}
	e.URL = strings.TrimRight(e.URL, "/")
	return &client{o: o, e: e, http: &http.Client{Timeout: e.Timeout}}, nil
}

// place is the address without what may be secret in it.
func (c *client) place() string {
	u, err := url.Parse(c.e.URL)
	if err != nil {
		return "endpoint"
	}
	u.RawQuery, u.User = "", nil
	return u.String()
}

func (c *client) Parallel() int { return c.e.Parallel }
func (c *client) Close() error  { c.http.CloseIdleConnections(); return nil }

// send posts a body and returns the reply of a 2xx. Otherwise the answer says
// what went wrong; the error ends the campaign.
func (c *client) send(ctx context.Context, path, kind string, body []byte, header map[string]string) (reply []byte, a Answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.e.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, a, err
	}
	req.Header.Set("Content-Type", kind)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.broken(ctx, err), ctx.Err()
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return nil, c.broken(ctx, err), ctx.Err()
	}
	c.mu.Lock()
	first := !c.asked
	c.asked = true
	c.mu.Unlock()
	text := fmt.Sprintf("%s: %s", res.Status, data)
	switch code := res.StatusCode; {
	case code/100 == 2:
		if first && html(res.Header.Get("Content-Type"), data) {
			return nil, a, c.notAnEndpoint()
		}
		return data, a, nil
	case (code == 401 || code == 403) && first:
		return nil, a, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s refuses the key: %s", c.place(), printable(text, 200)), Hint: "set the key in the environment"}
	case code == 429:
		a = failed(caption.FailRateLimited, text)
		if strings.Contains(string(data), "insufficient_quota") {
			return nil, a, &run.Error{Code: run.ECancelled, Text: fmt.Sprintf("%s: the quota of the key is used up", c.place()), Hint: "resume the run when there is more"}
		}
		a.transient = true
	case code/100 == 5:
		a = failed(caption.FailHTTP5xx, text)
		a.transient = slices.Contains([]int{500, 502, 503, 504, 529}, code)
	default:
		a = failed(caption.FailHTTP4xx, text)
		a.transient = code == 408 || code == 425
	}
	a.wait = retryAfter(res.Header)
	return nil, a, nil
}

// broken is the answer of a connection that failed.
func (c *client) broken(ctx context.Context, err error) Answer {
	var n net.Error
	kind := caption.FailCrash
	if errors.As(err, &n) && n.Timeout() || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = caption.FailTimeout
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text would repeat the address with its query
	}
	a := failed(kind, c.place()+": "+err.Error())
	a.transient = true
	return a
}

func (c *client) notAnEndpoint() error {
	return &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s answers a web page, not the JSON of a captioner", c.place()), Hint: "check the address; that of an OpenAI-compatible server mostly ends in /v1"}
}

func html(kind string, data []byte) bool {
	return strings.HasPrefix(kind, "text/html") || bytes.HasPrefix(bytes.TrimSpace(data), []byte("<"))
}

// retryAfter reads how long a server asks to wait, at most a minute.
func retryAfter(h http.Header) time.Duration {
	var d time.Duration
	if ms, err := strconv.Atoi(h.Get("retry-after-ms")); err == nil {
		d = time.Duration(ms) * time.Millisecond
	} else if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		d = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		d = time.Until(at)
	}
	return min(max(d, 0), time.Minute)
}

// chat asks an OpenAI-compatible endpoint.
type chat struct {
	*client
	dropped map[string]bool // fields that the server does not take; guarded by client.mu
}

// NewChat reaches an OpenAI-compatible endpoint and, where no model is named,
// asks it for its first one.
func NewChat(ctx context.Context, o *oracle.Oracle, e Endpoint) (Captioner, error) {
	c, err := newClient(o, e)
	if err != nil {
		return nil, err
	}
	if c.e.Model == "" {
		if c.e.Model, err = c.firstModel(ctx); err != nil {
			return nil, err
		}
	}
	return &chat{client: c, dropped: map[string]bool{}}, nil
}

func (c *client) firstModel(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.e.URL+"/models", nil)
	if err != nil {
		return "", err
	}
	c.sign(req.Header)
	res, err := c.http.Do(req)
	if err != nil {
		return "", &run.Error{Code: run.EInput, Text: "endpoint cannot be reached: " + c.broken(ctx, err).Detail, Hint: "is the server running?"}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return "", &run.Error{Code: run.EInput, Text: c.place() + "/models", Err: err}
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	switch err := json.Unmarshal(data, &list); {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return "", &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s refuses the key: %s", c.place(), printable(res.Status, 100)), Hint: "set OPENAI_API_KEY"}
	case html(res.Header.Get("Content-Type"), data):
		return "", c.notAnEndpoint()
	case res.StatusCode/100 != 2 || err != nil || len(list.Data) == 0 || list.Data[0].ID == "":
		return "", &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s/models names no model (%s)", c.place(), printable(res.Status, 100)), Hint: "give one with --model"}
	}
	return list.Data[0].ID, nil
}

func (c *client) sign(h http.Header) {
	if c.e.Key != "" {
		h.Set("Authorization", "Bearer "+c.e.Key)
	}
}

func (c *chat) Fingerprint() string {
	return fmt.Sprintf("openai %s model %s detail %s prompt %q temperature 0 max_tokens 64 png", c.place(), c.e.Model, c.e.Detail, c.e.Prompt)
}

func (c *chat) Ask(ctx context.Context, p Picture, repeat int) (Answer, error) {
	data, err := p.PNG()
	if err != nil {
		return Answer{}, err
	}
	type m = map[string]any
	body := m{
		"model": c.e.Model, "temperature": 0, "max_tokens": 64, "seed": repeat,
		"messages": []m{{"role": "user", "content": []m{
			{"type": "text", "text": c.e.Prompt},
			{"type": "image_url", "image_url": m{"url": "data:image/png;base64," + base64.StdEncoding.EncodeToString(data), "detail": c.e.Detail}},
		}}},
	}
	for {
		c.mu.Lock()
		for field := range c.dropped {
			if field == "max_tokens" {
				body["max_completion_tokens"] = body["max_tokens"]
			}
			delete(body, field)
		}
		c.mu.Unlock()
		raw, err := json.Marshal(body)
		if err != nil {
			return Answer{}, err
		}
		header := map[string]string{}
		if c.e.Key != "" {
			header["Authorization"] = "Bearer " + c.e.Key
		}
		reply, a, err := c.send(ctx, "/chat/completions", "application/json", raw, header)
		if err != nil {
			return Answer{}, err
		}
		if reply != nil {
			return c.read(reply), nil
		}
		if !c.drop(a, body) {
			return a, nil
		}
	}
}

// drop remembers a field that a server names in its complaint, once each.
func (c *chat) drop(a Answer, body map[string]any) bool {
	if a.Failure != caption.FailHTTP4xx || !strings.HasPrefix(a.Detail, "400") {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, field := range []string{"max_tokens", "temperature", "seed"} {
		if _, sent := body[field]; sent && strings.Contains(a.Detail, field) {
			c.dropped[field] = true
			return true
		}
	}
	return false
}

// read takes the caption out of a reply.
func (c *chat) read(data []byte) Answer {
	var r struct {
		Choices []struct {
			Message struct {
				Content json.RawMessage `json:"content"`
			} `json:"message"`
		} `json:"choices"`
		Usage struct {
			Total int `json:"total_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(data, &r); err != nil || len(r.Choices) == 0 {
		return failed(caption.FailInvalid, "not the JSON of a chat completion: "+string(data))
	}
	var text string
	if json.Unmarshal(r.Choices[0].Message.Content, &text) != nil {
		var parts []struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(r.Choices[0].Message.Content, &parts); err != nil {
			return failed(caption.FailInvalid, "the content is neither a text nor a list of parts")
		}
		for _, p := range parts {
			text += p.Text
		}
	}
	a := fit(c.o, plain(text))
	a.Tokens = r.Usage.Total
	return a
}

// plain takes off the quotes, the markup and the opening words that chat models
// put around a caption.
func plain(text string) string {
	text = strings.Trim(strings.TrimSpace(text), "\"'*_`#> ")
	for _, lead := range []string{"The image shows ", "The image depicts ", "This image shows ", "This image depicts ", "The picture shows ", "This is an image of ", "Here is a caption: "} {
		if len(text) > len(lead) && strings.EqualFold(text[:len(lead)], lead) {
			return text[len(lead):]
		}
	}
	return text
}

// describe asks an Azure-style endpoint.
type describe struct {
	*client
	four bool
}

// NewDescribe reaches an Azure-style describe endpoint, version 3.2 or, with
// four, 4.0.
func NewDescribe(o *oracle.Oracle, e Endpoint, four bool) (Captioner, error) {
	c, err := newClient(o, e)
	if err != nil {
		return nil, err
	}
	return &describe{c, four}, nil
}

func (d *describe) Fingerprint() string {
	return fmt.Sprintf("azure %s v4 %v png", d.place(), d.four)
}

func (d *describe) Ask(ctx context.Context, p Picture, _ int) (Answer, error) {
	data, err := p.PNG()
	if err != nil {
		return Answer{}, err
	}
	path := "/vision/v3.2/describe?maxCandidates=1&language=en"
	if d.four {
		path = "/computervision/imageanalysis:analyze?api-version=2024-02-01&features=caption&language=en"
	}
	header := map[string]string{}
	if d.e.Key != "" {
		header["Ocp-Apim-Subscription-Key"] = d.e.Key
	}
	reply, a, err := d.send(ctx, path, "application/octet-stream", data, header)
	if reply == nil || err != nil {
		return a, err
	}
	type said struct {
		Text string  `json:"text"`
		Conf float64 `json:"confidence"`
	}
	var r struct {
		Description *struct {
			Captions []said `json:"captions"`
		} `json:"description"`
		Caption *said `json:"captionResult"`
	}
	var s said
	switch err := json.Unmarshal(reply, &r); {
	case err != nil || r.Description == nil && r.Caption == nil:
		return failed(caption.FailInvalid, "not the JSON of a description: "+string(reply)), nil
	case r.Caption != nil:
		s = *r.Caption
	case len(r.Description.Captions) > 0:
		s = r.Description.Captions[0]
	}
	a = fit(d.o, s.Text)
	a.Conf = s.Conf
	return a, nil
}
