import assert from "node:assert/strict"
import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { test } from "node:test"
import { DatabaseSync } from "node:sqlite"
import { acceptAll, aRequest, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { pathOf, without } from "../../../../../tools/testing/programs.ts"
import { runChild, shell, withMounts, withoutMounts } from "../testing/run-child.ts"

const noStrace = without("strace", "-o", "/dev/null", "true")
const noMounts = withoutMounts()

// proves S2: a sync for each answer
test("S2: each answer waits for a sync, and simultaneous ones share one", { skip: noStrace }, async () => {
  using folder = new TemporaryFolder()
  const trace = folder.file("trace")
  const strace = [pathOf("strace"), "-f", "-qq", "-o", trace, "-e", "trace=fsync,fdatasync,write", "-e", "write=2"]
  await runChild("accept-some.ts", [folder.file(), "40"], strace)
  const lines = readFileSync(trace, "utf8").split("\n")
  const syncsUpTo = (mark: string): number =>
    lines
      .slice(
        0,
        lines.findIndex((line) => line.includes(mark)),
      )
      .filter((line) => /\b(fsync|fdatasync)\(/.test(line)).length
  const alone = syncsUpTo("together\\n")
  assert.ok(alone >= 40, `${alone} syncs for 40 commits`)
  const together = syncsUpTo("done\\n") - alone
  assert.ok(together >= 1 && together < 10, `${together} syncs for 40 at once`)
})

// proves S2: a sync for each answer
test("S2: the store asks for a sync for each answer, and for one for simultaneous ones", async () => {
  using folder = new TemporaryFolder()
  const asked = (await runChild("accept-some.ts", [folder.file(), "40"])) as { alone: number; together: number }
  assert.ok(asked.alone >= 40, `${asked.alone} syncs for 40 commits`)
  assert.ok(asked.together >= 1 && asked.together < 10, `${asked.together} syncs for 40 at once`)
})

// proves S3: a sync that fails
test(
  "S3: a failed sync is a storage_error; new work waits for a probe, and continues by itself",
  { skip: noStrace },
  async () => {
    const inject = "inject=fsync,fdatasync:error=EIO:when=40..42"
    // Counted for each thread, so there is one.
    await acceptsAgain(
      [],
      [pathOf("strace"), "-f", "-qq", "-o", "/dev/null", "-E", "UV_THREADPOOL_SIZE=1", "-e", inject],
    )
  },
)

// proves S3: a sync that fails
test("S3: a sync that the system refuses is a storage_error too, and acknowledged messages are there", () =>
  acceptsAgain(["40", "42"]))

/** The unit of shells for file size limits. */
const BLOCK_BYTES = 512

async function acceptsAgain(failing: readonly string[], under?: readonly string[]): Promise<void> {
  using folder = new TemporaryFolder()
  const { results, trouble } = (await runChild("failing-sync.ts", [folder.file(), "60", ...failing], under)) as {
    results: string[]
    trouble: string
  }
  assert.ok(results.includes("storage_error"), results.join(" "))
  assert.equal(results.at(-1), "kept")
  assert.equal(trouble, "none")
  const { stores } = await open(folder.file())
  await using _ = stores
  for (const [n, result] of results.entries()) {
    const message = await stores.reader.message(`msg_${n}`, { apps: "all", now: NOON })
    if (result === "kept") assert.ok(message !== undefined, `msg_${n} was acknowledged and is gone`)
  }
}

// proves S5: a full disk at the outcome
test(
  "S4, S5: a full disk refuses new work, settles from its reserve, and recovers by itself",
  { skip: noMounts },
  async () => {
    using folder = new TemporaryFolder()
    const disk = folder.file("disk")
    mkdirSync(disk)
    const smallDisk = withMounts(`mount -t tmpfs -o size=10m none ${disk}`)
    const printed = (await runChild("fill-disk.ts", [disk], smallDisk)) as Record<string, unknown>
    assert.deepEqual(printed, {
      refused: "storage_full",
      again: "storage_full",
      settled: 50,
      state: "sent",
      troubleWhenFull: "storage_full",
      settleRefused: "storage_full",
      lateSettle: "storage_full",
      phase: "in_flight",
      recovered: "kept",
      settledLater: 10,
      troubleAfter: "none",
      kept: printed["expected"],
      expected: printed["expected"],
    })
  },
)

// proves S6: a limit of the size of files
test(
  "S6: a limit of the size of files is a full disk too",
  { skip: process.platform === "win32" && "Windows limits the size of no files" },
  async () => {
    using folder = new TemporaryFolder()
    const printed = await runChild("limited-files.ts", [folder.file()], shell('ulimit -f 12288 && exec "$@"'))
    const { code, kept } = printed as { code: string; kept: number }
    assert.equal(code, "storage_full")
    assert.ok(kept > 10)
    const { stores } = await open(folder.file())
    await using _ = stores
    const { items } = await stores.reader.messages({ apps: "all", now: NOON, limit: 10_000 })
    assert.equal(items.length, kept)
  },
)

// proves 12.R14: long histories
test(
  "12.R14: a disk that does not let the log be copied refuses nothing while the log can grow, and it is copied later",
  { skip: noStrace },
  async () => {
    using folder = new TemporaryFolder()
    {
      const { stores } = await open(folder.file())
      await stores[Symbol.asyncDispose]()
    }
    for (const error of ["ENOSPC", "EIO"]) {
      // Counted for each thread: the main thread writes nothing to the database file itself.
      const inject = `inject=pwrite64:error=${error}:when=1..2`
      const strace = [
        pathOf("strace"),
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        folder.file(),
        "-e",
        "trace=pwrite64",
        "-e",
        inject,
      ]
      const printed = await runChild("write-until-copied.ts", [folder.file(), error], strace)
      const { refused, troubles, failures, kept } = printed as Record<string, unknown>
      assert.deepEqual({ refused, troubles, failures }, { refused: [], troubles: [], failures: [] })
      const { stores } = await open(folder.file())
      await using _ = stores
      for (let n = 0; n < Number(kept); n++) {
        const message = await stores.reader.message(`${error}_${n}`, { apps: "all", now: NOON })
        if (message === undefined) assert.fail(`${error}_${n} was acknowledged and is gone`)
      }
    }
  },
)

// proves 12.R14: long histories
test(
  "12.R14: a database that may not grow lets the log be copied no more, and refuses nothing while the log can grow",
  { skip: process.platform === "win32" && "Windows limits the size of no files" },
  async () => {
    using folder = new TemporaryFolder()
    const file = folder.file()
    {
      const { stores } = await open(file)
      for (let n = 0; n < 12; n++) {
        await stores.outbox.accept(aRequest({ id: `before_${n}`, parts: ["x".repeat(1_000_000)] }))
      }
      await stores[Symbol.asyncDispose]()
    }
    // Enough for the log: the database file is twice as large.
    const most = statSync(file).size + 1024 * 1024
    const limit = shell(`ulimit -f ${most / BLOCK_BYTES} && exec "$@"`)
    const printed = (await runChild("write-beside-full.ts", [file], limit)) as Record<string, unknown>
    const { refused, troubles, failures, kept } = printed
    assert.deepEqual({ refused, troubles, failures }, { refused: [], troubles: [], failures: [] })
    assert.ok(statSync(file).size <= most, `${statSync(file).size} of ${most}`)
    const { stores } = await open(file)
    {
      await using _ = stores
      for (let n = 0; n < Number(kept); n++) {
        const message = await stores.reader.message(`beside_${n}`, { apps: "all", now: NOON })
        if (message === undefined) assert.fail(`beside_${n} was acknowledged and is gone`)
      }
    }
    assert.ok(statSync(file).size > most, "it is copied where there is space")
  },
)

// proves S11: a log without end
test("S11: the log grows during a read, shows it, and is reused after", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await using _ = stores
  const reader = new DatabaseSync(folder.file(), { readOnly: true })
  reader.exec("begin; select count(*) from messages")
  const write = async (prefix: string): Promise<number> => {
    for (let n = 0; n < 60; n++)
      await stores.outbox.accept(aRequest({ id: `${prefix}_${n}`, parts: ["x".repeat(200_000)] }))
    return stores.upkeep.health().logBytes ?? Infinity
  }
  const grown = await write("held")
  assert.ok(grown > 10_000_000, `${grown}`)
  reader.exec("commit")
  reader.close()
  // How far it grows first depends on how soon the copy ends. A log that is reused is as long after another 36 MB.
  const sizes = [grown]
  for (let round = 0; round < 40 && sizes.at(-1) !== sizes.at(-4); round++) sizes.push(await write(`free${round}`))
  assert.equal(sizes.at(-1), sizes.at(-4), `it grows on and on: ${sizes.join(", ")}`)
})

// proves S12: folders that cannot be used
test("S12: a read-only folder is named", { skip: noMounts }, async () => {
  using folder = new TemporaryFolder()
  const readOnly = withMounts(
    `mount --bind -o ro ${folder.path} ${folder.path} && mount -o remount,bind,ro ${folder.path}`,
  )
  const printed = (await runChild("try-open.ts", [folder.file()], readOnly)) as { code: string; message: string }
  assert.equal(printed.code, "read_only")
  assert.ok(printed.message.includes(folder.file()))
})

// proves S12: folders that cannot be used
test(
  "S12: a folder in which this user may not write is named",
  { skip: process.platform === "win32" && "Windows has no such modes" },
  async () => {
    using folder = new TemporaryFolder()
    chmodSync(folder.path, 0o555)
    const printed = (await runChild("try-open.ts", [folder.file(), "as-another"])) as { code: string; message: string }
    chmodSync(folder.path, 0o755)
    assert.equal(printed.code, "read_only")
    assert.ok(printed.message.includes(folder.file()))
  },
)

test("S12: an existing database that cannot be written is named too", { skip: noMounts }, async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await acceptAll(stores.outbox, ["msg_1"])
  await stores[Symbol.asyncDispose]()
  const file = folder.file()
  const readOnly = withMounts(`mount --bind ${file} ${file} && mount -o remount,bind,ro ${file}`)
  const printed = (await runChild("try-open.ts", [file], readOnly)) as { code: string }
  assert.equal(printed.code, "read_only")
})
