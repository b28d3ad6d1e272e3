# shellcheck shell=bash
# Sourced by scenarios/quickstart and tests/run.

# listed_packages <file> <section>...: the packages of these sections, one per line.
listed_packages() {
    local file=$1
    shift
    awk -v wanted=" $* " '
        /^#/ || NF == 0 { next }
        /^\[/ { section = substr($1, 2, length($1) - 2); next }
        index(wanted, " " section " ") { print $1 }' "$file"
}

# install_packages <file> <section>...: installs what is missing, as root or through sudo; silent when
# nothing is.
install_packages() {
    local -a packages missing as_root=()
    mapfile -t packages < <(listed_packages "$@")
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian: the packages must be there already: ${packages[*]}" >&2
        return 0
    fi
    mapfile -t missing < <(
        comm -23 <(printf '%s\n' "${packages[@]}" | sort) \
            <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
                sed -n 's/^installed //p' | sort)
    )
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "Missing packages, and neither root nor sudo. As root, run:" >&2
            echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing ${#missing[@]} packages and what they depend on ..." >&2
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    local log status=0
    log=$(mktemp)
    "${apt[@]}" update >"$log" 2>&1 || echo "apt-get update failed; trying with the lists there are" >&2
    "${apt[@]}" install -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" \
        >>"$log" 2>&1 || status=$?
    if ((status != 0)); then
        tail -n 40 "$log" >&2
        echo "apt-get could not install: ${missing[*]}" >&2
    fi
    rm -f "$log"
    return "$status"
}
