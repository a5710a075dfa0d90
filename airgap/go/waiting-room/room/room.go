package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync"
	"time"
)

// room holds requests, a bounded number of a bounded size, and proxies each when its turn comes.
type room struct {
	settings
	proxy *httputil.ReverseProxy
	mutex sync.Mutex
	held  int
	bytes int64
}

func newRoom(given settings) *room {
	forwarder := &forwarder{
		watch: newWatch(given.target.JoinPath(given.ready).String()),
		slots: make(chan struct{}, given.atOnce),
		// A connection for each: one that is kept may be closing at the other end, and goes to one replica for good.
		base: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	rewrite := func(request *httputil.ProxyRequest) {
		request.SetURL(given.target)
		request.Out.Host = request.In.Host
		for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
			request.Out.Header[name] = request.In.Header[name] // the entry's, which knows the caller
		}
	}
	proxy := &httputil.ReverseProxy{Rewrite: rewrite, Transport: forwarder, FlushInterval: -1, ErrorHandler: failed}
	return &room{settings: given, proxy: proxy}
}

func (r *room) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	deadline := time.Now().Add(r.timeout)
	size := request.ContentLength
	if size > r.bodyBytes {
		http.Error(answer, "the request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	if size < 0 {
		size = r.bodyBytes // not told: as much as it may be
	}
	if !r.take(size) {
		answer.Header().Set("Retry-After", strconv.Itoa(r.retryAfter))
		http.Error(answer, "too many requests wait for this service", http.StatusTooManyRequests)
		return
	}
	defer r.give(size)
	until, cancel := context.WithDeadline(request.Context(), deadline)
	defer cancel()
	body, err := r.read(answer, request, deadline)
	if err != nil {
		status := http.StatusBadRequest
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(answer, "the request could not be read", status)
		return
	}
	forwarded := request.WithContext(context.WithValue(until, bodyKey{}, body))
	forwarded.Body, forwarded.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	forwarded.TransferEncoding = nil
	r.proxy.ServeHTTP(answer, forwarded)
}

// read takes the whole body: whoever waits must not depend on its caller's connection for what to send.
func (r *room) read(answer http.ResponseWriter, request *http.Request, until time.Time) ([]byte, error) {
	connection := http.NewResponseController(answer)
	if err := connection.SetReadDeadline(until); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, r.bodyBytes))
	if err != nil {
		return nil, err
	}
	return body, connection.SetReadDeadline(time.Time{}) // else it would end the wait
}

func (r *room) take(size int64) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.held >= r.most || r.bytes+size > r.heldBytes {
		return false
	}
	r.held, r.bytes = r.held+1, r.bytes+size
	return true
}

func (r *room) give(size int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.held, r.bytes = r.held-1, r.bytes-size
}

func failed(answer http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusBadGateway
	if errors.Is(err, context.DeadlineExceeded) {
		status = http.StatusGatewayTimeout
	}
	http.Error(answer, http.StatusText(status), status)
}
