"""The picture of a stack, from a state as Pulumi keeps it."""

from xml.etree import ElementTree

from commands import topology

STACK = "urn:pulumi:dev::tradewind::pulumi:pulumi:Stack::tradewind-dev"


def resource(token: str, name: str, parent: str = STACK, needs: tuple[str, ...] = (), custom: bool = True):
    urn = f"urn:pulumi:dev::tradewind::{token}::{name}"
    return {"urn": urn, "type": token, "custom": custom, "parent": parent, "dependencies": list(needs)}


def a_stack():
    network = resource("tradewind:network:AwsNetwork", "network", custom=False)
    cluster = resource("tradewind:cluster:AwsCluster", "cluster", custom=False)
    vpc = resource("aws:ec2/vpc:Vpc", "vpc", network["urn"])
    subnets = [resource("aws:ec2/subnet:Subnet", f"s{n}", network["urn"], (vpc["urn"],)) for n in range(3)]
    eks = resource("aws:eks/cluster:Cluster", "eks", cluster["urn"], tuple(each["urn"] for each in subnets))
    provider = resource("pulumi:providers:aws", "aws")
    return [
        resource("pulumi:pulumi:Stack", "tradewind-dev", "", custom=False),
        network,
        cluster,
        vpc,
        *subnets,
        eks,
        provider,
    ]


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_each_resource_counts_in_the_room_around_it():
    assert topology.rooms(a_stack()) == {"cluster": 1, "network": 4, "platform": 1}


def test_a_box_lists_its_types_with_the_most_of_them_first():
    found = texts(topology.draw("dev", a_stack()))
    assert "network3 Subnet1 Vpc" in found
    assert found[0] == "dev"


def test_a_room_stands_to_the_right_of_what_it_builds_on():
    svg = ElementTree.fromstring(topology.draw("dev", a_stack()))
    boxes = {"".join(each.itertext()): int(each.attrib["x"]) for each in svg.iter("{http://www.w3.org/2000/svg}text")}
    network, cluster = (
        next(x for text, x in boxes.items() if text.startswith(name)) for name in ("network", "cluster")
    )
    assert network < cluster


def test_an_edge_says_how_many_dependencies_it_stands_for():
    assert "3 dependencies" in topology.draw("dev", a_stack())


def test_rooms_that_need_each_other_are_drawn_too():
    first, second = (resource(f"tradewind:{room}:Room", room, custom=False) for room in ("one", "two"))
    a = resource("aws:a:A", "a", first["urn"])
    b = resource("aws:b:B", "b", second["urn"], (a["urn"],))
    c = resource("aws:c:C", "c", first["urn"], (b["urn"],))
    assert len(texts(topology.draw("ring", [first, second, a, b, c]))) == 3


def test_a_long_list_of_types_is_summed_up():
    room = resource("tradewind:addons:Addons", "addons", custom=False)
    many = [resource(f"kubernetes:core/v1:Kind{n:02}", f"k{n}", room["urn"]) for n in range(20)]
    [_, box] = texts(topology.draw("many", [room, *many]))
    assert box.endswith("12 of other types")
