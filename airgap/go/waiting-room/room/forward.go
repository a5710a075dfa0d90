package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// serviceHeader tells what a replica took until its answer began. All before was waiting, some of it perhaps at the
// entry, of which the room does not know: loadtests/held.py.
const serviceHeader = "X-Tradewind-Service-Ms"

// pause lies between two tries, of a probe or of a replica that had no place.
const pause = 50 * time.Millisecond

// bodyKey finds a request's body in its context.
type bodyKey struct{}

// forwarder sends a request once there is a ready replica and a free slot, again only where no replica can have begun it.
type forwarder struct {
	watch *watch
	slots chan struct{}
	base  http.RoundTripper
}

func (f *forwarder) RoundTrip(request *http.Request) (*http.Response, error) {
	until := request.Context()
	body := until.Value(bodyKey{}).([]byte)
	for {
		if err := f.watch.ready(until); err != nil {
			return nil, err
		}
		select {
		case f.slots <- struct{}{}:
		case <-until.Done():
			return nil, until.Err()
		}
		release := sync.OnceFunc(func() { <-f.slots })
		begun := time.Now()
		try := request.Clone(until)
		try.Body = io.NopCloser(bytes.NewReader(body))
		answer, err := f.base.RoundTrip(try)
		if err == nil && answer.StatusCode != http.StatusTooManyRequests {
			answer.Header.Set(serviceHeader, strconv.FormatInt(time.Since(begun).Milliseconds(), 10))
			answer.Body = &releasing{answer.Body, release}
			return answer, nil
		}
		release()
		if err == nil {
			answer.Body.Close() // a replica that is full refuses before it begins
		} else if !unreached(err) {
			return nil, err
		}
		if err := sleep(until, pause); err != nil {
			return nil, err
		}
	}
}

// unreached says that no connection came about, so that nobody has seen the request.
func unreached(err error) bool {
	operation := new(net.OpError)
	return errors.As(err, &operation) && operation.Op == "dial"
}

func sleep(until context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-until.Done():
		return until.Err()
	}
}

// releasing frees a slot when the answer has been read.
type releasing struct {
	io.ReadCloser
	release func()
}

func (r *releasing) Close() error {
	defer r.release()
	return r.ReadCloser.Close()
}
