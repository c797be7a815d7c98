import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { test } from "node:test"
import { ClockFile } from "./clock-file.ts"

/** A program that prints every 10 ms, in its main thread and in another, how many seconds its clock is ahead. */
const TELL = `import { Worker } from "node:worker_threads"
const tell = "setInterval(() => console.log(Math.round((Date.now() - performance.timeOrigin - performance.now()) / 1000)), 10)"
new Worker(tell, { eval: true })
setInterval(() => console.log(Math.round((Date.now() - performance.timeOrigin - performance.now()) / 1000)), 10)`

// proves 29.badday: a day on which much goes wrong
test(
  "a clock is as far ahead as its file says, in threads too, and follows when it is set",
  { timeout: 90_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "settable-clock-"))
    const clock = new ClockFile(join(folder, "clock"), 3_600_000)
    const program = spawn(process.execPath, ["--input-type=module", "-e", TELL], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { NODE_OPTIONS: `--import=${clock.preload}`, ...clock.environment },
    })
    t.after(async () => {
      program.kill("SIGKILL")
      await once(program, "close")
      rmSync(folder, { recursive: true })
    })
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]()
    const shows = async (seconds: number): Promise<void> => {
      // Twenty in a row cannot all come from one of the two threads.
      for (let inARow = 0; inARow < 20;) inARow = Number((await lines.next()).value) === seconds ? inARow + 1 : 0
    }
    await shows(3600)
    clock.set(-3 * 86_400_000)
    await shows(-3 * 86_400 + 3600)
    clock.set(0)
    await shows(3600)
  },
)
