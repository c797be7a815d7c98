import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createConnection } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import { pathOf, without } from "../../../../../../tools/testing/programs.ts"

/** Why there can be none here, for `skip`. */
export const noPooler = without("pgbouncer")

export interface Pooler extends AsyncDisposable {
  /** Of the same database, by this way. */
  readonly url: string
}

/** PgBouncer before a database, as many have it: `mode` is when a connection to the server is given to another client. */
export async function startPooler(
  url: string,
  mode: "session" | "transaction",
  settings: readonly string[] = [],
): Promise<Pooler> {
  const { pathname, searchParams } = new URL(url.replace("@/", "@x/"))
  const name = pathname.slice(1)
  const folder = mkdtempSync(join(openTmpdir(), "wecom-push-pooler-"))
  chmodSync(folder, 0o777)
  const users = join(folder, "users.txt")
  writeFileSync(users, '"postgres" "postgres"\n')
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
      ...settings,
    ].join("\n"),
  )
  // Whatever the umask is: it reads them as another user.
  for (const path of [users, file]) chmodSync(path, 0o644)
  // It refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(pathOf("pgbouncer"), [file], { stdio: ["ignore", "ignore", "pipe"], ...nobody })
  let logged = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (logged += text))
  const ended = once(child, "exit")
  while (!(await answers(join(folder, ".s.PGSQL.6432")))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer does not start: ${logged}`)
    await sleep(20)
  }
  return {
    url: `postgres://postgres:postgres@/${name}?host=${encodeURIComponent(folder)}&port=6432`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await ended
      rmSync(folder, { recursive: true, force: true })
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
