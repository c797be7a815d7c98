import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { pathOf } from "../../../../../../tools/testing/programs.ts"
import type { PoolerOptions } from "./pooler-options.ts"

export async function startPgBouncer({ url, mode, settings, folder }: PoolerOptions): Promise<AsyncDisposable> {
  const { pathname, searchParams, username, password } = new URL(url.replace("@/", "@x/"))
  const name = pathname.slice(1)
  const users = join(folder, "users.txt")
  writeFileSync(users, `"${username}" "${password}"\n`)
  const file = join(folder, "pgbouncer.ini")
  writeFileSync(
    file,
    [
      "[databases]",
      `${name} = host=${searchParams.get("host")} port=${searchParams.get("port")} dbname=${name}`,
      "[pgbouncer]",
      "listen_addr =",
      "listen_port = 6432",
      `unix_socket_dir = ${folder}`,
      "auth_type = plain",
      `auth_file = ${users}`,
      `pool_mode = ${mode}`,
      ...Object.entries(settings).map(([setting, value]) => `${setting} = ${value}`),
    ].join("\n"),
  )
  // Whatever the umask is: it reads them as another user.
  for (const path of [users, file]) chmodSync(path, 0o644)
  // It refuses to run as root.
  const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(pathOf("pgbouncer"), [file], { stdio: ["ignore", "ignore", "pipe"], ...unprivileged })
  let logged = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (logged += text))
  const ended = once(child, "exit")
  while (!(await answers(join(folder, ".s.PGSQL.6432")))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer does not start: ${logged}`)
    await sleep(20)
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await ended
    },
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
