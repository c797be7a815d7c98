import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"
import { OptionError, parse, usageOf } from "./options.ts"

const command = {
  command: "npm run it",
  about: "Does it.",
  options: {
    kills: { kind: "count", default: 300, help: "how many" },
    left: { kind: "count", mayBeZero: true, help: "what is left" },
    variant: { kind: "text", default: "plain", oneOf: ["plain", "worst"], help: "of which kind" },
    files: { kind: "texts", help: "which" },
    keep: { kind: "flag", help: "keeps what it made" },
  },
} as const

test("options that are not given have their defaults", () => {
  const { values, operands } = parse(command, [])
  assert.deepEqual(values, { kills: 300, left: undefined, variant: "plain", files: undefined, keep: false })
  assert.deepEqual(operands, [])
})

test("options are read by their kinds, and what else is named where it may be", () => {
  const args = ["--kills", "5", "--left=0", "--variant", "worst", "--files", "a", "--files", "b", "--keep", "c"]
  const { values, operands } = parse({ ...command, operands: "FILE…" }, args)
  assert.deepEqual(values, { kills: 5, left: 0, variant: "worst", files: ["a", "b"], keep: true })
  assert.deepEqual(operands, ["c"])
})

test("the line of a command names what is not as it is anyway, and does the same again", () => {
  assert.equal(parse(command, ["--kills", "300", "--variant", "plain"]).lineWith({}), "npm run it")
  const line = parse(command, ["--kills", "5", "--files", "a", "--files", "b", "--keep"]).lineWith({ left: 0 })
  assert.equal(line, "npm run it -- --kills 5 --left 0 --files a --files b --keep")
  const again = parse(command, line.split(" ").slice(4))
  assert.deepEqual(again.values, { kills: 5, left: 0, variant: "plain", files: ["a", "b"], keep: true })
  assert.equal(again.lineWith({ keep: false, left: undefined, files: undefined }), "npm run it -- --kills 5")
})

for (const [args, told] of [
  [["--kils", "5"], /--kils/],
  [["--kills", "many"], /--kills is a whole number from 1 on, and not "many"/],
  [["--kills", "0"], /from 1 on/],
  [["--kills="], /from 1 on/],
  [["--left", "1.5"], /--left is a whole number from 0 on/],
  [["--variant", "wrost"], /--variant is one of plain, worst, and not "wrost"/],
  [["--kills"], /--kills/],
  [["more"], /more/],
] as const) {
  test(`${args.join(" ")} is reported`, () => {
    assert.throws(() => parse(command, args), { name: OptionError.name, message: told })
  })
}

test("the usage tells each option, its kind and its default", () => {
  assert.equal(
    usageOf({ ...command, operands: "FILE…" }),
    `Does it.

npm run it -- [OPTIONS] [FILE…]
  --kills N       how many (300)
  --left N        what is left
  --variant TEXT  of which kind: plain, worst (plain)
  --files TEXT …  which
  --keep          keeps what it made`,
  )
})

const FLAGS = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]

for (const file of [
  "chaos/main.ts",
  "chaos/bad-day/main.ts",
  "chaos/controls/main.ts",
  "chaos/power-loss/main.ts",
  "bench/long-history.ts",
  "bench/long-run.ts",
  "bench/greedy.ts",
  "bench/busy-wecom.ts",
  "bench/look-ups.ts",
  "bench/many-apps.ts",
  "bench/held-snapshot.ts",
  "bench/year-old.ts",
  "tools/mutate/main.ts",
  "tools/run-tests.ts",
]) {
  test(`${file} tells its options when it is asked, and when one is mistyped`, async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [...FLAGS, file, "--help"])
    assert.match(stdout, /^npm (run \S+|test) -- \[OPTIONS\]/m)
    await assert.rejects(
      run(process.execPath, [...FLAGS, file, "--hlep"]),
      (error: { code: number; stderr: string }) => {
        assert.equal(error.code, 2)
        assert.match(error.stderr, /--hlep/)
        assert.ok(error.stderr.endsWith(stdout), error.stderr)
        return true
      },
    )
  })
}
