import { isOfNpm, PROGRAMS } from "./programs.ts"
import type { Program, ProgramName } from "./programs.ts"

/** For each program, the fastest test file that asks for it; if only a command asks for it, that command. */
const ASKING: Readonly<Record<ProgramName, string>> = {
  promtool: "deploy/alerts.test.ts",
  alertmanager: "packages/gateway/src/doors/inbound/clients/programs.test.ts",
  haproxy: "deploy/haproxy.test.ts",
  nginx: "deploy/proxies.test.ts",
  caddy: "deploy/proxies.test.ts",
  pgbouncer: "packages/gateway/src/store/postgres/pooler.test.ts",
  radosgw: "packages/gateway/src/files/s3-bucket.test.ts",
  postgresql: "packages/gateway/src/store/postgres/testing/programs.test.ts",
  strace: "packages/gateway/src/store/sqlite/disk.test.ts",
  gcc: "chaos/power-loss/main.ts",
  unshare: "packages/gateway/src/store/sqlite/disk.test.ts",
  git: "tools/mutate/tree-copy.test.ts",
  apprise: "packages/gateway/src/doors/inbound/clients/programs.test.ts",
  ntfy: "packages/gateway/src/doors/inbound/clients/programs.test.ts",
  curl: "tools/testing/stand-in-curl.test.ts",
  go: "clients/go/wecompush.test.ts",
  python3: "clients/python/wecom-push.test.ts",
  chromium: "packages/simulator/src/testing/chromium.test.ts",
  mmdebstrap: "tools/image/main.ts",
  buildah: "tools/image/main.ts",
  podman: "tools/image/main.ts",
  runc: "tools/image/main.ts",
  "qemu-aarch64": "tools/image/main.ts",
  "redis-server": "bench/main.ts",
}

interface Asking {
  readonly name: ProgramName
  readonly file: string
  readonly isTest: boolean
}

/** The programs that tests and drills lack where none is installed, each with the file that asks for it. */
export function askingForPrograms(): readonly Asking[] {
  const programs = Object.entries(PROGRAMS) as [ProgramName, Program][]
  return programs
    .filter(([name, { isForBench }]) => !isForBench && !isOfNpm(name))
    .map(([name]) => ({ name, file: ASKING[name], isTest: ASKING[name].endsWith(".test.ts") }))
}
