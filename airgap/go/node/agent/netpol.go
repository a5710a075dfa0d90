package main

import (
	"context"
	"flag"
	"log"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/knftables"
)

const (
	gather = 20 * time.Millisecond // changes come in bursts
	repair = time.Minute           // in case somebody flushed our table
	retry  = time.Second
)

// netpol keeps one nftables table as the cluster's NetworkPolicies ask. Each change replaces the table in one
// transaction, so there is no moment without rules. A pod is covered once the API server knows its address, some
// hundred milliseconds after its start; connections that were open before a policy came stay open. The table stays when
// this process ends: a killed agent must not open what was closed. It goes with the node's network namespace.
func netpol(arguments []string) error {
	flags := flag.NewFlagSet("netpol", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	nft, err := knftables.New(knftables.InetFamily, tableName)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(slim))
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(notify(changed)); err != nil {
			return err
		}
	}
	ctx := context.Background()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	wait, applied, at := time.Duration(0), "", time.Time{}
	for {
		select {
		case <-changed:
		case <-time.After(wait):
		}
		time.Sleep(gather)
		wait = repair
		// A lister of a local cache that is complete has no error to give.
		allPods, _ := pods.Lister().List(labels.Everything())
		allNamespaces, _ := namespaces.Lister().List(labels.Everything())
		allPolicies, _ := policies.Lister().List(labels.Everything())
		table := transaction(nft, newCluster(allPods, allNamespaces, allPolicies))
		if table.String() == applied && time.Since(at) < repair { // most changes of a pod are none to its rules
			continue
		}
		if err := nft.Run(ctx, table); err != nil {
			log.Printf("nftables: %v", err)
			wait = retry
			continue
		}
		applied, at = table.String(), time.Now()
	}
}

// slim drops what no rule depends on, which is most of an object.
func slim(object any) (any, error) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
		accessor.SetAnnotations(nil)
	}
	if pod, ok := object.(*core.Pod); ok {
		ports := []core.Container{}
		for _, container := range pod.Spec.Containers {
			ports = append(ports, core.Container{Name: container.Name, Ports: container.Ports})
		}
		pod.Spec = core.PodSpec{Containers: ports, HostNetwork: pod.Spec.HostNetwork}
		pod.Status = core.PodStatus{Phase: pod.Status.Phase, PodIP: pod.Status.PodIP}
	}
	return object, nil
}

func notify(changed chan<- struct{}) cache.ResourceEventHandler {
	now := func() {
		select {
		case changed <- struct{}{}:
		default: // one notice that waits is enough
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { now() },
		UpdateFunc: func(any, any) { now() },
		DeleteFunc: func(any) { now() },
	}
}
