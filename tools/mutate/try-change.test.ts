import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { shared } from "../testing/shared.ts"
import { changed, findPlaces } from "./find-places.ts"
import type { Change } from "./find-places.ts"
import { ReachFinder } from "./reach.ts"
import type { Reach } from "./reach.ts"
import { Noticers, testsFor, tryChange } from "./try-change.ts"
import type { Tried } from "./try-change.ts"
import { verdictOf } from "./verdict.ts"

const SOURCE = `const LIMIT: number = 3
export function fits(count: number): boolean {
  return count <= LIMIT
}
export function waits(count: number): void {
  for (let left = count; left > 0; left--);
}
export function isOff(count: number): boolean {
  return count > 5 && count + 1 > 9
}
export function nobodyAsks(count: number): boolean {
  return count > LIMIT
}
`
const TESTS = {
  "fits.test.ts": `import assert from "node:assert/strict"
import { test } from "node:test"
import { fits, isOff } from "./code.ts"
test("three fit", () => assert.ok(fits(3)))
test("three is on", () => assert.ok(!isOff(3)))
test("three fit still", () => assert.ok(fits(3)))
`,
  "waits.test.ts": `import { test } from "node:test"
import { waits } from "./code.ts"
test("it ends", () => waits(2))
`,
  "broken.test.ts": `import { test } from "node:test"
import "./code.ts"
test("it fails whatever the code does", () => { throw new Error("always") })
`,
}

const tree = shared(async (resources) => {
  const root = await mkdtemp(join(tmpdir(), "mutate-"))
  resources.defer(() => rm(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries({ "code.ts": SOURCE, ...TESTS })) await writeFile(join(root, name), text)
  const finder = new ReachFinder(root, (file) => file === "code.ts")
  const found: Record<string, Reach> = {}
  for (const name of Object.keys(TESTS)) found[name] = await finder.find(name, root, 20_000)
  const reaches = Object.values(found).filter(({ outcome }) => outcome === "passed")
  return { root, finder, found, reaches }
})

function toSource(after: string): Change {
  const isIt = (change: Change): boolean => changed(SOURCE, change).includes(after)
  return findPlaces("code.ts", SOURCE).find(isIt) ?? assert.fail(after)
}

function tried(change: Change, mostMs = 60_000): Promise<Tried> {
  return tryChange(change, { tree: tree().root, reaches: tree().reaches, mostMs, noticers: new Noticers() })
}

test("a test reaches what it runs, and one that fails without a change is distinguished", async () => {
  const { root, finder, found } = tree()
  assert.equal(found["broken.test.ts"]?.outcome, "failed")
  const reaches = (after: string): readonly string[] =>
    testsFor(toSource(after), SOURCE, Object.values(found)).map((reach) => reach.test)
  assert.deepEqual(reaches("count < LIMIT"), ["fits.test.ts"])
  assert.deepEqual(reaches("left >= 0"), ["waits.test.ts"])
  assert.deepEqual(reaches("count >= LIMIT"), [])
  assert.deepEqual(reaches("count > 5 || count"), ["fits.test.ts"], "what an operator has before it is enough")
  assert.deepEqual(reaches("count - 1"), [])
  assert.deepEqual(reaches("LIMIT: number = 4"), ["fits.test.ts"], "a constant is reached where it is used")
  const fits = found["fits.test.ts"]
  assert.deepEqual(await finder.find("fits.test.ts", root, 20_000), fits, "what is known is not looked up again")
})

// proves 12.T9: changes that tests must notice
test("a change that makes a test fail is noticed, and the code is as it was", async () => {
  const { noticedBy, testsRun } = await tried(toSource("count < LIMIT"))
  assert.deepEqual([noticedBy, testsRun], ["fits.test.ts: three fit", 1])
  assert.equal(await readFile(join(tree().root, "code.ts"), "utf8"), SOURCE)
})

test("a test that does not end any more has noticed the change", async () => {
  const { noticedBy } = await tried(toSource("left++"))
  assert.match(noticedBy ?? "", /^waits\.test\.ts: did not end within \d+ s$/)
})

// proves 12.T9: changes that tests must notice
test("a change that no test notices survives, be it run by one or by none", async () => {
  assert.deepEqual(await tried(toSource("number = 4")), {
    change: toSource("number = 4"),
    noticedBy: undefined,
    testsRun: 1,
  })
  assert.equal((await tried(toSource("count >= LIMIT"))).testsRun, 0)
  assert.equal((await tried(toSource("count < LIMIT"), -1)).noticedBy, undefined, "nor does one that has no time")
})

const aReach = (name: string, tookMs: number): Reach => ({ test: name, outcome: "passed", tookMs, ran: {} })

test("the test beside the file is asked first, then the one that takes least for what it has noticed of the file", () => {
  const tests = [aReach("slow.test.ts", 3000), aReach("quick.test.ts", 2000), aReach("code.test.ts", 9000)]
  const noticers = new Noticers()
  const inOrder = (file: string): readonly string[] => noticers.inOrder(file, tests).map(({ test }) => test)
  assert.deepEqual(inOrder("code.ts"), ["code.test.ts", "quick.test.ts", "slow.test.ts"])
  noticers.note("code.ts", "slow.test.ts")
  assert.deepEqual(inOrder("code.ts"), ["code.test.ts", "slow.test.ts", "quick.test.ts"])
  assert.deepEqual(inOrder("other.ts"), ["quick.test.ts", "slow.test.ts", "code.test.ts"])
})

const change = findPlaces("code.ts", SOURCE)[0] ?? assert.fail()
const told = (noticed: number, survived: number, why?: string) =>
  verdictOf(
    Array.from({ length: noticed + survived }, (_, n) => ({
      change,
      noticedBy: n < noticed ? "a.test.ts: a" : undefined,
      testsRun: 1,
    })),
    () => ({ shown: "code.ts:1  another number", why }),
  )

test("95 of 100 must be noticed, and those that survive are listed", () => {
  assert.equal(told(95, 5).isGood, true)
  const { isGood, lines } = told(94, 6)
  assert.equal(isGood, false)
  assert.equal(lines.filter((line) => line === "survived: code.ts:1  another number").length, 6)
  assert.match(lines.at(-1) ?? "", /^100 changes: 94 noticed, 6 survived, 0 equivalent; 94 % noticed/)
  assert.equal(told(0, 0).isGood, false, "nor is a run of nothing good")
})

test("those called equivalent do not count, are listed with the reason, and are 3 of 100 at most", () => {
  const { isGood, lines } = told(97, 3, "it is the same")
  assert.equal(isGood, true)
  assert.equal(lines.filter((line) => line === "equivalent: code.ts:1  another number\n  it is the same").length, 3)
  assert.equal(told(96, 4, "it is the same").isGood, false)
})
