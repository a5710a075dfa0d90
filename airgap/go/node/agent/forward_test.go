package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const here = "/proc/self/ns/net" // a namespace to connect in that is always there

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.(*net.TCPListener)
}

// forwarded starts a server that reads to the end, then answers in capitals, and a forward to it; gives its address.
func forwarded(t *testing.T) string {
	t.Helper()
	target, front := listen(t), listen(t)
	go func() {
		for {
			connection, err := target.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				text, _ := io.ReadAll(connection)
				fmt.Fprint(connection, strings.ToUpper(string(text)))
			}()
		}
	}()
	go serve(front, here, target.Addr().String())
	return front.Addr().String()
}

func ask(address, text string) (string, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(connection, text)
	connection.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(connection)
	return string(answer), err
}

func TestAnEndOfTheRequestIsPassedOnWhileTheAnswerStillComes(t *testing.T) {
	answer, err := ask(forwarded(t), "hello")
	if err != nil || answer != "HELLO" {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestManyConnectionsAtOnce(t *testing.T) {
	address := forwarded(t)
	var all sync.WaitGroup
	for number := range 300 {
		all.Go(func() {
			text := fmt.Sprintf("request %d", number)
			if answer, err := ask(address, text); err != nil || answer != strings.ToUpper(text) {
				t.Errorf("%s: got %q, %v", text, answer, err)
			}
		})
	}
	all.Wait()
}

func TestWithNothingBehindItTheConnectionIsClosed(t *testing.T) {
	front, gone := listen(t), listen(t)
	gone.Close()
	go serve(front, here, gone.Addr().String())
	if answer, err := ask(front.Addr().String(), ""); err == nil && answer != "" {
		t.Errorf("got %q", answer)
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	taken := listen(t)
	err := forward([]string{"--netns=" + here, "--map=" + taken.Addr().String() + "=127.0.0.1:1"})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
