// Package main is what a node needs beside Kubernetes: ports on the host, and network policies.
package main

import (
	"fmt"
	"os"
)

var commands = map[string]func(arguments []string) error{"forward": forward, "netpol": netpol}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: agent forward|netpol [flags]")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "agent %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
