package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/kv/control"
	"assay/core/kv/link"
)

// arrival is a chunk that has come over the link.
type arrival struct {
	chunk int
	data  []byte
}

// send moves the chunks over loopback at the rates of the plan, the rule choosing
// as it goes; decoding a chunk overlaps the transfer of the next.
func (c *streamed) send(ctx context.Context, rule string) (d *kv.LiveDoc, err error) {
	server, err := link.Serve()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	for i, blobs := range c.blobs {
		for _, level := range kv.Ladder() {
			server.Put(blobKey(i, level), blobs[level])
		}
	}
	client, err := link.Dial(server)
	if err != nil {
		return nil, err
	}
	defer client.Close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d = &kv.LiveDoc{Choices: []string{}, Lanes: []kv.SpanDoc{}}
	start := time.Now()
	at := func(t time.Time) float64 { return milliseconds(t.Sub(start)) }

	came := make(chan arrival, 1) // the next chunk may lie there while one is decoded
	decoded := make(chan error, 1)
	var spans []kv.SpanDoc // of the decoder, read when it has ended
	go func() {
		for a := range came {
			began := time.Now()
			if err := c.decode(a); err != nil {
				cancel()
				for range came { // lets the sender go on to its end
				}
				decoded <- err
				return
			}
			spans = append(spans, kv.SpanDoc{Lane: kv.LaneDecode, Item: a.chunk, Start: at(began), End: at(time.Now())})
		}
		decoded <- nil
	}()
	err = c.sendAll(ctx, rule, client, came, d, start)
	close(came)
	err = errors.Join(<-decoded, err)
	d.TotalMs = at(time.Now())
	d.Met = d.TotalMs <= 1e3*c.plan.SLO
	d.Lanes = append(d.Lanes, spans...)
	return d, err
}

func (c *streamed) sendAll(ctx context.Context, rule string, client *link.Client, came chan<- arrival, d *kv.LiveDoc, start time.Time) error {
	now := control.Now{}
	for i, rate := range c.plan.Bandwidth {
		began := time.Now()
		now.Chunk, now.Rate, now.Elapsed = i, rate, began.Sub(start).Seconds()
		choice := control.Choose(rule, c.plan, now)
		d.Choices = append(d.Choices, choice)
		span := kv.SpanDoc{Lane: kv.LaneLoad, Item: i}
		if choice == kv.ChoiceText {
			span.Lane = kv.LaneCompute
			if _, err := c.session.Recompute(ctx, c.bounds[i][0], c.bounds[i][1]); err != nil {
				return err
			}
			now.Seen = append(now.Seen, 0)
		} else {
			data := make([]byte, len(c.blobs[i][choice]))
			if err := client.Get(ctx, data, blobKey(i, choice), 0, rate*control.Gigabit); err != nil {
				return err
			}
			// What the receiver saw, not what the plan says.
			now.Seen = append(now.Seen, float64(len(data))/time.Since(began).Seconds()/control.Gigabit)
			came <- arrival{i, data}
		}
		span.Start, span.End = milliseconds(began.Sub(start)), milliseconds(time.Since(start))
		d.Lanes = append(d.Lanes, span)
	}
	return nil
}

func blobKey(chunk int, level string) string { return fmt.Sprintf("%d/%s", chunk, level) }

// decode decodes all of a chunk, to f16 as a server would keep it.
func (c *streamed) decode(a arrival) error {
	k, err := c.codec.Open(a.data, codec.Origin{})
	if err != nil {
		return err
	}
	x := make([]uint16, k.Tokens()*k.Channels())
	for p := range 2 {
		for l := range k.Layers() {
			if err := k.ReadF16(p, l, x); err != nil {
				return err
			}
		}
	}
	return nil
}
