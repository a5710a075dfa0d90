package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const probeWithin = time.Second

// watch asks whether a replica is ready, one question at a time however many wait, and none while nobody does.
type watch struct {
	url     string
	client  *http.Client
	mutex   sync.Mutex
	waiting int
	answer  chan struct{} // closed when a replica is ready; nil while nobody asks
}

func newWatch(url string) *watch {
	return &watch{url: url, client: &http.Client{Timeout: probeWithin, Transport: &http.Transport{DisableKeepAlives: true}}}
}

// ready returns once a replica is, or with the context's error.
func (w *watch) ready(until context.Context) error {
	w.mutex.Lock()
	w.waiting++
	if w.answer == nil {
		w.answer = make(chan struct{})
		go w.ask(w.answer)
	}
	answer := w.answer
	w.mutex.Unlock()
	defer func() {
		w.mutex.Lock()
		w.waiting--
		w.mutex.Unlock()
	}()
	select {
	case <-answer:
		return nil
	case <-until.Done():
		return until.Err()
	}
}

func (w *watch) ask(answer chan struct{}) {
	for !w.probe() {
		w.mutex.Lock()
		if w.waiting == 0 {
			w.answer = nil
			w.mutex.Unlock()
			return
		}
		w.mutex.Unlock()
		time.Sleep(pause)
	}
	w.mutex.Lock()
	w.answer = nil
	w.mutex.Unlock()
	close(answer)
}

func (w *watch) probe() bool {
	found, err := w.client.Get(w.url)
	if err != nil {
		return false
	}
	defer found.Body.Close()
	io.Copy(io.Discard, io.LimitReader(found.Body, 1<<16))
	return found.StatusCode == http.StatusOK
}
