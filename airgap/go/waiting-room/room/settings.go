package main

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// settings are what the service's card and measurement make of the room: components/service/waiting_room.py.
type settings struct {
	target     *url.URL      // the service, as its ready replicas are reached
	ready      string        // path that a ready replica answers with 200
	most       int           // requests held at once
	atOnce     int           // requests forwarded at once
	bodyBytes  int64         // of one request
	heldBytes  int64         // of all that are held
	timeout    time.Duration // from a request's arrival until 504
	retryAfter int           // seconds, for whoever found no room
}

func settingsFrom(env func(string) string) (settings, error) {
	var found settings
	target, err := url.Parse(env("TARGET"))
	if err != nil || target.Scheme != "http" || target.Host == "" {
		return found, fmt.Errorf("TARGET must be an address as in http://10.96.0.7:80, got %q", env("TARGET"))
	}
	found.target, found.ready = target, env("READY_PATH")
	numbers := map[string]int64{}
	for _, name := range []string{"MOST_HELD", "FORWARDED_AT_ONCE", "MAX_BODY_BYTES", "HELD_BYTES", "TIMEOUT_S", "RETRY_AFTER_S"} {
		number, err := strconv.ParseInt(env(name), 10, 64)
		if err != nil || number < 1 {
			return found, fmt.Errorf("%s must be a whole number of at least 1, got %q", name, env(name))
		}
		numbers[name] = number
	}
	found.most, found.atOnce = int(numbers["MOST_HELD"]), int(numbers["FORWARDED_AT_ONCE"])
	found.bodyBytes, found.heldBytes = numbers["MAX_BODY_BYTES"], numbers["HELD_BYTES"]
	found.timeout = time.Duration(numbers["TIMEOUT_S"]) * time.Second
	found.retryAfter = int(numbers["RETRY_AFTER_S"])
	return found, nil
}
