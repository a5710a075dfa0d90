package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// service is one that can be ready or not, and counts.
type service struct {
	ready          atomic.Bool
	full           atomic.Int32 // so many are refused first
	begun, at, top atomic.Int32
	takes          time.Duration
}

func (s *service) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/readyz" {
		if !s.ready.Load() {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	if s.full.Add(-1) >= 0 {
		answer.WriteHeader(http.StatusTooManyRequests)
		return
	}
	s.begun.Add(1)
	if now := s.at.Add(1); now > s.top.Load() {
		s.top.Store(now)
	}
	defer s.at.Add(-1)
	body, _ := io.ReadAll(request.Body)
	time.Sleep(s.takes)
	fmt.Fprintf(answer, "%s %s %s", request.URL.Path, request.Header.Get("X-Forwarded-For"), body)
}

func open(t *testing.T, behind http.Handler, change func(*settings)) (*room, string) {
	t.Helper()
	target := httptest.NewServer(behind)
	t.Cleanup(target.Close)
	parsed, _ := url.Parse(target.URL)
	given := settings{target: parsed, ready: "/readyz", most: 50, atOnce: 8, bodyBytes: 1 << 10, heldBytes: 1 << 20, timeout: 5 * time.Second, retryAfter: 3}
	if change != nil {
		change(&given)
	}
	made := newRoom(given)
	front := httptest.NewServer(made)
	t.Cleanup(front.Close)
	return made, front.URL
}

func post(t *testing.T, address, body string) (*http.Response, string) {
	t.Helper()
	request, _ := http.NewRequest("POST", address+"/encode", strings.NewReader(body))
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return &http.Response{Header: http.Header{}}, ""
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer, string(text)
}

func TestWhatWaitsIsAnsweredOnceAReplicaIsReady(t *testing.T) {
	behind := &service{takes: 10 * time.Millisecond}
	made, address := open(t, behind, nil)
	var all sync.WaitGroup
	for number := range 50 {
		all.Go(func() {
			answer, text := post(t, address, fmt.Sprint(number))
			if answer.StatusCode != 200 || text != fmt.Sprintf("/encode 203.0.113.9 %d", number) {
				t.Errorf("%d: %d %q", number, answer.StatusCode, text)
			}
			if ms, _ := strconv.Atoi(answer.Header.Get(serviceHeader)); ms < 10 || ms > 250 {
				t.Errorf("served in %q ms", answer.Header.Get(serviceHeader))
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	if behind.begun.Load() != 0 {
		t.Error("forwarded before it was ready")
	}
	behind.ready.Store(true)
	all.Wait()
	if top := behind.top.Load(); top > 8 {
		t.Errorf("%d at once, at most 8", top)
	}
	if behind.begun.Load() != 50 || made.held != 0 || made.bytes != 0 {
		t.Errorf("begun %d, held %d of %d bytes", behind.begun.Load(), made.held, made.bytes)
	}
}

func TestPastTheBoundIs429AtOnce(t *testing.T) {
	behind := &service{}
	_, address := open(t, behind, func(s *settings) { s.most = 2 })
	var all sync.WaitGroup
	var answered, refused atomic.Int32
	for range 5 {
		all.Go(func() {
			answer, _ := post(t, address, "a text")
			switch {
			case answer.StatusCode == 200:
				answered.Add(1)
			case answer.StatusCode == 429 && answer.Header.Get("Retry-After") == "3":
				refused.Add(1)
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	if refused.Load() != 3 {
		t.Errorf("%d refused while the service was at zero", refused.Load())
	}
	behind.ready.Store(true)
	all.Wait()
	if answered.Load() != 2 {
		t.Errorf("%d answered", answered.Load())
	}
}

func TestBodiesAreBounded(t *testing.T) {
	behind := &service{}
	behind.ready.Store(true)
	_, address := open(t, behind, func(s *settings) { s.heldBytes = 1000 })
	if answer, _ := post(t, address, strings.Repeat("a", 2000)); answer.StatusCode != 413 {
		t.Errorf("one that is too large: %d", answer.StatusCode)
	}
	if answer, _ := post(t, address, strings.Repeat("a", 1010)); answer.StatusCode != 429 {
		t.Errorf("more than all may be: %d", answer.StatusCode)
	}
	unknown := io.MultiReader(strings.NewReader("a text")) // its length is not told
	answer, err := http.Post(address+"/encode", "text/plain", unknown)
	if err != nil || answer.StatusCode != 429 {
		t.Errorf("of unknown length counts as the largest: %v %v", answer, err)
	}
}

func TestABodyOfUnknownLengthIsForwardedWithIts(t *testing.T) {
	behind := &service{}
	behind.ready.Store(true)
	_, address := open(t, behind, nil)
	answer, err := http.Post(address+"/encode", "text/plain", io.MultiReader(strings.NewReader("a text")))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(answer.Body); string(text) != "/encode  a text" {
		t.Errorf("%q", text)
	}
}

func TestAServiceThatDoesNotStartIs504(t *testing.T) {
	_, address := open(t, &service{}, func(s *settings) { s.timeout = 300 * time.Millisecond })
	if answer, _ := post(t, address, "a text"); answer.StatusCode != 504 {
		t.Errorf("got %d", answer.StatusCode)
	}
}

func TestAFullReplicaIsAskedAgain(t *testing.T) {
	behind := &service{}
	behind.ready.Store(true)
	behind.full.Store(3)
	_, address := open(t, behind, nil)
	if answer, _ := post(t, address, "a text"); answer.StatusCode != 200 || behind.begun.Load() != 1 {
		t.Errorf("got %d, begun %d times", answer.StatusCode, behind.begun.Load())
	}
}

func TestWhatAReplicaBeganIsNotSentAgain(t *testing.T) {
	var begun atomic.Int32
	breaks := http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if request.URL.Path != "/readyz" {
			begun.Add(1)
			panic(http.ErrAbortHandler)
		}
	})
	_, address := open(t, breaks, nil)
	if answer, _ := post(t, address, "a text"); answer.StatusCode != 502 || begun.Load() != 1 {
		t.Errorf("got %d, begun %d times", answer.StatusCode, begun.Load())
	}
}

func TestNobodyIsAskedOnceNobodyWaits(t *testing.T) {
	var asked atomic.Int32
	never := http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		answer.WriteHeader(http.StatusServiceUnavailable)
	})
	_, address := open(t, never, func(s *settings) { s.timeout = 200 * time.Millisecond })
	post(t, address, "a text")
	time.Sleep(3 * pause)
	before := asked.Load()
	time.Sleep(4 * pause)
	if before == 0 || asked.Load() != before {
		t.Errorf("asked %d times, then %d", before, asked.Load())
	}
}

func TestSettingsNameWhatIsWrong(t *testing.T) {
	good := map[string]string{
		"TARGET": "http://10.96.0.7:80", "READY_PATH": "/readyz", "MOST_HELD": "24", "FORWARDED_AT_ONCE": "6",
		"MAX_BODY_BYTES": "1024", "HELD_BYTES": "4096", "TIMEOUT_S": "20", "RETRY_AFTER_S": "3",
	}
	if found, err := settingsFrom(func(name string) string { return good[name] }); err != nil || found.timeout != 20*time.Second {
		t.Errorf("%v %v", found, err)
	}
	for _, name := range []string{"TARGET", "MOST_HELD", "TIMEOUT_S"} {
		spoiled := func(asked string) string {
			if asked == name {
				return "0"
			}
			return good[asked]
		}
		if _, err := settingsFrom(spoiled); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
