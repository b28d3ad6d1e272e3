"""When a point's faults were, on the axis of its first one, and what a figure calls them."""


def first_fault(point):
    return point["faults"][0] if point["faults"] else None


def windows_of(point, origin="start"):
    """(begin, end) of each fault in s since the first one's start or end: the kinds there."""
    first = first_fault(point)
    windows = {}
    for fault in point["faults"]:
        zero = first[f"{origin}_s"]
        window = (round(fault["start_s"] - zero, 6), round(fault["end_s"] - zero, 6))
        windows.setdefault(window, set()).add(fault["kind"])
    return windows


def shared_windows(points, origin="start"):
    """Those that all points have which have a fault at all: the kinds any of them has there."""
    each = [windows_of(p, origin) for p in points if p["faults"]]
    everywhere = [w for w in each[0] if all(w in other for other in each)] if each else []
    return {w: set().union(*(other[w] for other in each)) for w in everywhere}


def own_windows(points, origin="start"):
    """The windows that only some of `points` have, those of a point together: the places of the points with them."""
    shared = shared_windows(points, origin)
    rows = {}
    for place, point in enumerate(points):
        own = tuple(w for w in windows_of(point, origin) if w not in shared)
        if own:
            rows.setdefault(own, []).append(place)
    return rows


def fault_word(summary):
    """ "first fault" where there is another that begins or ends apart from it."""
    return "first fault" if any(len(windows_of(p)) > 1 for p in summary["points"]) else "fault"
