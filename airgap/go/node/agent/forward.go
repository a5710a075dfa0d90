package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	dialLimit = 5 * time.Second
	openLimit = 4096 // connections at once; each takes two files and, while it is dialled, a thread
)

// forward listens on the host and connects inside the node's network namespace, so that what listens on the
// namespace's loopback is reached too. The namespace is opened anew for each connection: a node that was healed may
// have another under the same name.
func forward(arguments []string) error {
	flags := flag.NewFlagSet("forward", flag.ContinueOnError)
	namespace := flags.String("netns", "", "file of the network namespace to connect in")
	routes := map[string]string{}
	flags.Func("map", "HOST:PORT=INNER:PORT, any number of times", func(value string) error {
		from, to, found := strings.Cut(value, "=")
		if !found {
			return fmt.Errorf("want HOST:PORT=INNER:PORT")
		}
		routes[from] = to
		return nil
	})
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	failed := make(chan error)
	for from, to := range routes {
		listener, err := net.Listen("tcp", from)
		if err != nil {
			return err
		}
		go func() { failed <- serve(listener, *namespace, to) }()
	}
	return <-failed
}

// serve accepts up to openLimit connections; more wait in the kernel's queue, as with any busy server.
func serve(listener net.Listener, namespace, target string) error {
	open := make(chan struct{}, openLimit)
	for {
		open <- struct{}{}
		outer, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer func() { <-open }()
			defer outer.Close()
			inner, err := dialWithin(namespace, target)
			if err != nil {
				return // the caller sees its connection closed, as with any server that is not up yet
			}
			defer inner.Close()
			done := make(chan struct{})
			go func() {
				pipe(inner, outer)
				close(done)
			}()
			pipe(outer, inner)
			<-done
		}()
	}
}

// pipe copies until the source ends, and passes that end on; the other direction may still have something to say.
func pipe(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		from.Close()
		return
	}
	to.(*net.TCPConn).CloseWrite()
}

func dialWithin(namespace, target string) (net.Conn, error) {
	type result struct {
		connection net.Conn
		err        error
	}
	answer := make(chan result)
	go func() {
		// Not unlocked: the thread that moved ends with this goroutine.
		runtime.LockOSThread()
		connection, err := func() (net.Conn, error) {
			handle, err := os.Open(namespace)
			if err != nil {
				return nil, err
			}
			defer handle.Close()
			if err := unix.Setns(int(handle.Fd()), unix.CLONE_NEWNET); err != nil {
				return nil, err
			}
			return net.DialTimeout("tcp", target, dialLimit)
		}()
		answer <- result{connection, err}
	}()
	got := <-answer
	if got.err != nil && !errors.Is(got.err, unix.ECONNREFUSED) { // refused: nothing listens there yet
		log.Printf("%s: %v", target, got.err)
	}
	return got.connection, got.err
}
