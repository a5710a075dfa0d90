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

func send(rules ...networking.NetworkPolicyEgressRule) *networking.NetworkPolicy {
	return &networking.NetworkPolicy{
		ObjectMeta: meta.ObjectMeta{Namespace: "shop", Name: "store"},
		Spec: networking.NetworkPolicySpec{
			PodSelector: *labelled("app", "store"),
			PolicyTypes: []networking.PolicyType{networking.PolicyTypeEgress},
			Egress:      rules,
		},
	}
}

func TestEgress(t *testing.T) {
	named := []networking.NetworkPolicyPort{port(intstr.FromString("http"), core.ProtocolTCP)}
	dns := []networking.NetworkPolicyPort{port(intstr.FromInt32(53), core.ProtocolUDP)}
	to := func(peer networking.NetworkPolicyPeer) []networking.NetworkPolicyPeer {
		return []networking.NetworkPolicyPeer{peer}
	}
	cases := map[string]struct {
		policy *networking.NetworkPolicy
		want   []string
	}{
		"a policy without rules closes it":      {send(), []string{}},
		"DNS, wherever it is":                   {send(networking.NetworkPolicyEgressRule{Ports: dns}), []string{" udp dport 53"}},
		"a port's name is the receiver's":       {send(networking.NetworkPolicyEgressRule{Ports: named}), []string{" ip daddr 10.0.0.1 tcp dport 8080"}},
		"a name that no receiver has, is shut":  {send(networking.NetworkPolicyEgressRule{Ports: named, To: to(networking.NetworkPolicyPeer{NamespaceSelector: labelled("team", "watch")})}), []string{}},
		"pods of another namespace":             {send(networking.NetworkPolicyEgressRule{To: to(networking.NetworkPolicyPeer{NamespaceSelector: labelled("team", "watch")})}), []string{"ip daddr { 10.0.0.3 }"}},
		"a block of IPv6 has no rule, nor port": {send(networking.NetworkPolicyEgressRule{To: to(networking.NetworkPolicyPeer{IPBlock: &networking.IPBlock{CIDR: "fd00::/8"}})}), []string{}},
	}
	for name, each := range cases {
		if got := with(each.policy).egress(store); !reflect.DeepEqual(got, each.want) {
			t.Errorf("%s: got %q, want %q", name, got, each.want)
		}
	}
}

func TestTheBaseChainsAskBothSidesAndLeaveTheNodeItselfAlone(t *testing.T) {
	fake := knftables.NewFake(knftables.InetFamily, tableName)
	if err := fake.Run(t.Context(), transaction(fake, with(send(networking.NetworkPolicyEgressRule{})))); err != nil {
		t.Fatal(err)
	}
	dump := fake.Dump()
	before := -1
	for _, line := range []string{ // in this order: sender, then receiver
		"forward ct state established,related accept", "forward ip saddr vmap @egress", "forward ip daddr vmap @ingress",
	} {
		at := strings.Index(dump, line)
		if at <= before {
			t.Errorf("%q is missing or too early in\n%s", line, dump)
		}
		before = at
	}
	if !strings.Contains(dump, "input ip saddr vmap @egress") {
		t.Errorf("what pods send to the node is not asked for:\n%s", dump)
	}
	if !strings.Contains(dump, "egress-10.0.0.2 return") {
		t.Errorf("what may leave must still be asked at its receiver:\n%s", dump)
	}
	if strings.Contains(dump, "hook output") {
		t.Errorf("the node's own packets, the kubelet's probes among them, must be free:\n%s", dump)
	}
}

func TestTheOrderInWhichObjectsAreSeenChangesNothing(t *testing.T) {
	render := func(pods []*core.Pod, policies []*networking.NetworkPolicy) string {
		fake := knftables.NewFake(knftables.InetFamily, tableName)
		return transaction(fake, newCluster(pods, spaces, policies)).String()
	}
	everybody, some := admit(from()), admit(from(networking.NetworkPolicyPeer{PodSelector: labelled("app", "store")}))
	some.Name = "some"
	first := render([]*core.Pod{web, store}, []*networking.NetworkPolicy{everybody, some})
	other := render([]*core.Pod{store, web}, []*networking.NetworkPolicy{some, everybody})
	if first != other {
		t.Errorf("got\n%s\nand\n%s", first, other)
	}
}
