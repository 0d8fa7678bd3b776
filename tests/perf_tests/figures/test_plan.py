from perf.figures.plan import ALL_CONNECTIONS, ALL_IN_FLIGHT, Case, Choice, full_plan, plan
from perf.workloads.registry import WORKLOADS


def test_http1_needs_a_connection_per_request_in_flight() -> None:
    assert Case("tiny", "tfs_rest", 8, 1).connections_used == 8
    assert Case("tiny", "tfs_rest", 8, 200).connections_used == 200
    assert Case("tiny", "kserve_grpc", 8, 1).connections_used == 1


def test_short_plan_has_every_workload_that_can_be_served() -> None:
    assert {case.workload for case in plan(Choice())} == set(WORKLOADS)
    assert all(case.protocol in WORKLOADS[case.workload].protocols for case in plan(Choice()))


def test_full_plan_has_every_load_once() -> None:
    cases = full_plan()
    tiny = [case for case in cases if case.workload == "tiny" and case.protocol == "kserve_grpc"]
    assert {(case.in_flight, case.connections) for case in tiny} == {
        (in_flight, connections) for in_flight in ALL_IN_FLIGHT for connections in ALL_CONNECTIONS
    }
    used = [(case.workload, case.protocol, case.in_flight, case.connections_used) for case in cases]
    assert len(used) == len(set(used))


def test_names_pick_workloads() -> None:
    assert {case.workload for case in plan(Choice(workloads=("conv",)))} == {"conv"}
    assert {case.workload for case in plan(Choice(workloads=("conv",)), full=True)} == {"conv"}


def test_a_chosen_load_is_measured_even_if_the_short_plan_lacks_it() -> None:
    assert plan(Choice(("conv",), in_flight=(3, 5))) == [
        Case("conv", "kserve_grpc", 3),
        Case("conv", "kserve_grpc", 5),
    ]
    assert plan(Choice(("tiny",), ("tfs_rest",), connections=(2,))) == [Case("tiny", "tfs_rest", 8, 2)]


def test_protocols_that_a_workload_lacks_leave_it_out() -> None:
    assert plan(Choice(("large",), ("tfs_rest",))) == []
