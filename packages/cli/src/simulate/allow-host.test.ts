import assert from "node:assert/strict"
import { get } from "node:http"
import { test } from "node:test"
import { start } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"

async function statusFor(host: string, url: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  get(`${url}/_sim/stats`, { agent: false, headers: { host } }, (response) => {
    resolve(response.resume().statusCode)
  }).on("error", reject)
  return promise
}

// proves 11.S9: the simulator and other sites' pages
test("simulate --allow-host, once or more often, lets control paths answer by those names and no others", async () => {
  await using bench = await startBench()
  const argv = ["simulate", "--port", "0", "--json", "--allow-host", "sim.example", "--allow-host", "wecom"]
  await using simulator = start(argv, bench.folder, {})
  const { base_url: url } = JSON.parse(await simulator.says(/\n/)) as { base_url: string }
  for (const host of ["sim.example", "wecom:7780", new URL(url).host])
    assert.equal(await statusFor(host, url), 200, host)
  assert.equal(await statusFor("evil.example", url), 403)
})

for (const [language, words] of [
  ["en", "must be a host name"],
  ["zh", "必须是主机名"],
] as const) {
  test(`a name that can be none is exit 2 and named, in ${language}`, async () => {
    await using bench = await startBench()
    const argv = ["simulate", "--port", "0", "--allow-host", "http://sim:7780", "--lang", language]
    const { code, stderr } = await start(argv, bench.folder, {}).ended()
    assert.equal(code, 2)
    for (const part of ["--allow-host", words, '"http://sim:7780"']) assert.ok(stderr.includes(part), stderr)
  })
}
