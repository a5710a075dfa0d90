package main

import (
	"fmt"
	"sort"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/knftables"
)

const tableName = "tradewind-netpol"

// cluster is what NetworkPolicies speak of: https://kubernetes.io/docs/concepts/services-networking/network-policies/
type cluster struct {
	pods       []*core.Pod // with an address of their own, sorted by it
	namespaces map[string]labels.Set
	policies   []*networking.NetworkPolicy // sorted by name
}

func newCluster(pods []*core.Pod, namespaces []*core.Namespace, policies []*networking.NetworkPolicy) cluster {
	found := cluster{namespaces: map[string]labels.Set{}, policies: policies}
	for _, pod := range pods {
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended {
			found.pods = append(found.pods, pod)
		}
	}
	sort.Slice(found.pods, func(i, j int) bool { return found.pods[i].Status.PodIP < found.pods[j].Status.PodIP })
	sort.Slice(policies, func(i, j int) bool {
		return policies[i].Namespace+"/"+policies[i].Name < policies[j].Namespace+"/"+policies[j].Name
	})
	for _, namespace := range namespaces {
		found.namespaces[namespace.Name] = namespace.Labels
	}
	return found
}

// transaction replaces the whole table. A packet that is forwarded has to pass its sender's egress chain, which returns
// what it allows, and then its receiver's ingress chain, which accepts it. What a pod sends to the node itself, the API
// server behind its Service among it, passes the input hook; what the node sends, the kubelet's probes, is free.
func transaction(nft knftables.Interface, seen cluster) *knftables.Transaction {
	tx := nft.NewTransaction()
	tx.Add(&knftables.Table{})
	tx.Delete(&knftables.Table{})
	tx.Add(&knftables.Table{Comment: knftables.PtrTo("NetworkPolicies, by tradewind's agent")})
	for _, hook := range []knftables.BaseChainHook{knftables.ForwardHook, knftables.InputHook} {
		tx.Add(&knftables.Chain{
			Name: string(hook), Type: knftables.PtrTo(knftables.FilterType), Hook: knftables.PtrTo(hook),
			Priority: knftables.PtrTo(knftables.FilterPriority),
		})
		tx.Add(&knftables.Rule{Chain: string(hook), Rule: "ct state established,related accept"})
	}
	for _, direction := range []string{"egress", "ingress"} {
		tx.Add(&knftables.Map{Name: direction, Type: "ipv4_addr : verdict"})
	}
	tx.Add(&knftables.Rule{Chain: "forward", Rule: "ip saddr vmap @egress"})
	tx.Add(&knftables.Rule{Chain: "forward", Rule: "ip daddr vmap @ingress"})
	tx.Add(&knftables.Rule{Chain: "input", Rule: "ip saddr vmap @egress"})
	for _, pod := range seen.pods {
		isolate(tx, pod, "egress", seen.egress(pod))
		isolate(tx, pod, "ingress", seen.ingress(pod))
	}
	return tx
}

// isolate adds a pod's chain for one direction; no policy for it, no chain.
func isolate(tx *knftables.Transaction, pod *core.Pod, direction string, allowed []string) {
	if allowed == nil {
		return
	}
	chain := direction + "-" + pod.Status.PodIP
	tx.Add(&knftables.Chain{Name: chain, Comment: knftables.PtrTo(pod.Namespace + "/" + pod.Name)})
	verdict := map[string]string{"egress": "return", "ingress": "accept"}[direction]
	for _, match := range allowed {
		tx.Add(&knftables.Rule{Chain: chain, Rule: strings.TrimSpace(match + " " + verdict)})
	}
	tx.Add(&knftables.Rule{Chain: chain, Rule: "drop"})
	tx.Add(&knftables.Element{Map: direction, Key: []string{pod.Status.PodIP}, Value: []string{"jump " + chain}})
}

// ingress is what may come in, as nftables matches; nil where no policy speaks of it, empty where nothing may.
func (c cluster) ingress(pod *core.Pod) []string {
	policies := c.selecting(pod, networking.PolicyTypeIngress)
	if len(policies) == 0 {
		return nil
	}
	matches := []string{}
	for _, policy := range policies {
		for _, rule := range policy.Spec.Ingress {
			for _, peer := range c.peers(policy.Namespace, rule.From, "saddr") {
				matches = append(matches, ports(peer.match, rule.Ports, []*core.Pod{pod})...)
			}
		}
	}
	return matches
}

// egress is what may go out, in the same terms.
func (c cluster) egress(pod *core.Pod) []string {
	policies := c.selecting(pod, networking.PolicyTypeEgress)
	if len(policies) == 0 {
		return nil
	}
	matches := []string{}
	for _, policy := range policies {
		for _, rule := range policy.Spec.Egress {
			for _, peer := range c.peers(policy.Namespace, rule.To, "daddr") {
				matches = append(matches, ports(peer.match, rule.Ports, peer.pods)...)
			}
		}
	}
	return matches
}

func (c cluster) selecting(pod *core.Pod, direction networking.PolicyType) []*networking.NetworkPolicy {
	var found []*networking.NetworkPolicy
	for _, policy := range c.policies {
		if policy.Namespace != pod.Namespace || !selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		for _, each := range policy.Spec.PolicyTypes { // the API server fills these in
			if each == direction {
				found = append(found, policy)
			}
		}
	}
	return found
}

type peerMatch struct {
	match string
	pods  []*core.Pod // that it stands for; of these a port's name is looked up
}

// peers turns a rule's from or to into matches on one side's address; no peer at all means everybody.
func (c cluster) peers(namespace string, peers []networking.NetworkPolicyPeer, side string) []peerMatch {
	if len(peers) == 0 {
		return []peerMatch{{match: "", pods: c.pods}}
	}
	var found []peerMatch
	for _, peer := range peers {
		if peer.IPBlock != nil {
			match := fmt.Sprintf("ip %s %s", side, peer.IPBlock.CIDR)
			if len(peer.IPBlock.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", side, strings.Join(peer.IPBlock.Except, ", "))
			}
			if !strings.Contains(peer.IPBlock.CIDR, ":") { // the node has no IPv6
				found = append(found, peerMatch{match: match})
			}
			continue
		}
		var pods []*core.Pod
		var addresses []string
		for _, pod := range c.pods {
			if c.isPeer(pod, namespace, peer) {
				pods, addresses = append(pods, pod), append(addresses, pod.Status.PodIP)
			}
		}
		if len(pods) > 0 {
			match := fmt.Sprintf("ip %s { %s }", side, strings.Join(addresses, ", "))
			found = append(found, peerMatch{match: match, pods: pods})
		}
	}
	return found
}

func (c cluster) isPeer(pod *core.Pod, namespace string, peer networking.NetworkPolicyPeer) bool {
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, c.namespaces[pod.Namespace]) {
		return false
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
}

// ports narrows a match to a rule's ports; none means all. A port's name means what each of the pods calls so.
func ports(match string, wanted []networking.NetworkPolicyPort, pods []*core.Pod) []string {
	if len(wanted) == 0 {
		return []string{match}
	}
	var found []string
	for _, port := range wanted {
		protocol := core.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		word := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			found = append(found, fmt.Sprintf("%s meta l4proto %s", match, word))
		case port.Port.Type == intstr.Int && port.EndPort != nil:
			found = append(found, fmt.Sprintf("%s %s dport %d-%d", match, word, port.Port.IntVal, *port.EndPort))
		case port.Port.Type == intstr.Int:
			found = append(found, fmt.Sprintf("%s %s dport %d", match, word, port.Port.IntVal))
		default:
			for _, pod := range pods {
				for _, number := range named(pod, port.Port.StrVal, protocol) {
					// Of this pod alone: another may use the name for another number.
					found = append(found, fmt.Sprintf("%s ip daddr %s %s dport %d", match, pod.Status.PodIP, word, number))
				}
			}
		}
	}
	return found
}

func named(pod *core.Pod, name string, protocol core.Protocol) []int32 {
	var found []int32
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			same := port.Protocol == protocol || port.Protocol == "" && protocol == core.ProtocolTCP
			if port.Name == name && same {
				found = append(found, port.ContainerPort)
			}
		}
	}
	return found
}

func selects(selector *meta.LabelSelector, set labels.Set) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set) // the API server admits no selector that cannot be parsed
}
