// The waiting room: it holds the requests of a service that is at zero, and forwards each once a replica is ready.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	address       = ":8080"
	healthAddress = ":8081" // apart, since every path of the other is the service's
	headersWithin = 5 * time.Second
	reuse         = time.Minute // longer than the entry keeps an idle connection
)

func main() {
	settings, err := settingsFrom(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	room := newRoom(settings)
	server := &http.Server{Addr: address, Handler: room, ReadHeaderTimeout: headersWithin, IdleTimeout: reuse}
	health := &http.Server{Addr: healthAddress, Handler: http.HandlerFunc(healthy), ReadHeaderTimeout: headersWithin}
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	failed := make(chan error, 2)
	for _, each := range []*http.Server{server, health} {
		go func() { failed <- each.ListenAndServe() }()
	}
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-told.Done():
	}
	// What is held has its answer by then, or its 504.
	last, cancel := context.WithTimeout(context.Background(), settings.timeout+headersWithin)
	defer cancel()
	if err := server.Shutdown(last); err != nil && !errors.Is(err, net.ErrClosed) {
		log.Printf("ended with requests in work: %v", err)
	}
}

func healthy(answer http.ResponseWriter, _ *http.Request) { answer.WriteHeader(http.StatusOK) }
