package main

import (
	"reflect"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/knftables"
)

func pod(namespace, name, address string, ports ...core.ContainerPort) *core.Pod {
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec:       core.PodSpec{Containers: []core.Container{{Ports: ports}}},
		Status:     core.PodStatus{Phase: core.PodRunning, PodIP: address},
	}
}

func labelled(key, value string) *meta.LabelSelector {
	return &meta.LabelSelector{MatchLabels: map[string]string{key: value}}
}

var (
	web    = pod("shop", "web", "10.0.0.1", core.ContainerPort{Name: "http", ContainerPort: 8080})
	store  = pod("shop", "store", "10.0.0.2")
	scout  = pod("watch", "scout", "10.0.0.3")
	spaces = []*core.Namespace{
		{ObjectMeta: meta.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "shop"}}},
		{ObjectMeta: meta.ObjectMeta{Name: "watch", Labels: map[string]string{"team": "watch"}}},
	}
)

func with(policies ...*networking.NetworkPolicy) cluster {
	return newCluster([]*core.Pod{scout, store, web}, spaces, policies)
}

func admit(rules ...networking.NetworkPolicyIngressRule) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{
		ObjectMeta: meta.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: networking.NetworkPolicySpec{
			PodSelector: *labelled("app", "web"),
			PolicyTypes: []networking.PolicyType{networking.PolicyTypeIngress},
			Ingress:     rules,
		},
	}
}

func from(peers ...networking.NetworkPolicyPeer) networking.NetworkPolicyIngressRule {
	return networking.NetworkPolicyIngressRule{From: peers}
}

func port(value intstr.IntOrString, protocol core.Protocol) networking.NetworkPolicyPort {
	return networking.NetworkPolicyPort{Port: &value, Protocol: &protocol}
}

func TestIngress(t *testing.T) {
	last := int32(90)
	ranged := port(intstr.FromInt32(80), core.ProtocolTCP)
	ranged.EndPort = &last
	block := &networking.IPBlock{CIDR: "10.1.0.0/16", Except: []string{"10.1.2.0/24", "10.1.3.0/24"}}
	cases := map[string]struct {
		policies []*networking.NetworkPolicy
		want     []string
	}{
		"no policy leaves the pod open":           {nil, nil},
		"a policy without rules closes it":        {[]*networking.NetworkPolicy{admit()}, []string{}},
		"a rule without peers admits everybody":   {[]*networking.NetworkPolicy{admit(from())}, []string{""}},
		"a pod selector means its own namespace":  {[]*networking.NetworkPolicy{admit(from(networking.NetworkPolicyPeer{PodSelector: &meta.LabelSelector{}}))}, []string{"ip saddr { 10.0.0.1, 10.0.0.2 }"}},
		"a namespace selector means all its pods": {[]*networking.NetworkPolicy{admit(from(networking.NetworkPolicyPeer{NamespaceSelector: labelled("team", "watch")}))}, []string{"ip saddr { 10.0.0.3 }"}},
		"both selectors must hold":                {[]*networking.NetworkPolicy{admit(from(networking.NetworkPolicyPeer{NamespaceSelector: labelled("team", "watch"), PodSelector: labelled("app", "store")}))}, []string{}},
		"a block has its exceptions":              {[]*networking.NetworkPolicy{admit(from(networking.NetworkPolicyPeer{IPBlock: block}))}, []string{"ip saddr 10.1.0.0/16 ip saddr != { 10.1.2.0/24, 10.1.3.0/24 }"}},
		"ports: number, range, name": {
			[]*networking.NetworkPolicy{admit(networking.NetworkPolicyIngressRule{Ports: []networking.NetworkPolicyPort{port(intstr.FromInt32(53), core.ProtocolUDP), ranged, port(intstr.FromString("http"), core.ProtocolTCP), port(intstr.FromString("http"), core.ProtocolUDP)}})},
			[]string{" udp dport 53", " tcp dport 80-90", " ip daddr 10.0.0.1 tcp dport 8080"},
		},
		"two policies add up": {[]*networking.NetworkPolicy{admit(), admit(from())}, []string{""}},
	}
	for name, each := range cases {
		if got := with(each.policies...).ingress(web); !reflect.DeepEqual(got, each.want) {
			t.Errorf("%s: got %q, want %q", name, got, each.want)
		}
	}
	if got := with(admit()).ingress(store); got != nil {
		t.Errorf("a pod that no policy selects: got %q, want nil", got)
	}
	if got := with(admit()).egress(web); got != nil {
		t.Errorf("egress under a policy for ingress: got %q, want nil", got)
	}
}

func TestPodsThatHaveNoAddressOfTheirOwnAreLeftOut(t *testing.T) {
	ended, host, early := pod("shop", "ended", "10.0.0.4"), pod("shop", "host", "10.200.0.2"), pod("shop", "early", "")
	ended.Status.Phase = core.PodSucceeded
	host.Spec.HostNetwork = true
	if got := newCluster([]*core.Pod{ended, host, early}, nil, nil).pods; len(got) != 0 {
		t.Errorf("got %d pods, want none", len(got))
	}
}

func TestAClosedPodIsLookedUpInTheMapAndDropped(t *testing.T) {
	fake := knftables.NewFake(knftables.InetFamily, tableName)
	for range 2 { // the second replaces the first
		if err := fake.Run(t.Context(), transaction(fake, with(admit()))); err != nil {
			t.Fatal(err)
		}
	}
	dump := fake.Dump()
	for _, line := range []string{
		"add rule inet tradewind-netpol forward ip daddr vmap @ingress",
		"add rule inet tradewind-netpol ingress-10.0.0.1 drop",
		"add element inet tradewind-netpol ingress { 10.0.0.1 : jump ingress-10.0.0.1 }",
	} {
		if !strings.Contains(dump, line) {
			t.Errorf("no line %q in\n%s", line, dump)
		}
	}
}
