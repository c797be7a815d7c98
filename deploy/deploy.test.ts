import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { startGateway } from "@wecom-push/gateway"
import { gatewaySettings, settings } from "../packages/cli/src/config/settings.ts"
import { TemporaryFolder } from "../packages/gateway/src/store/testing/open-store.ts"

const read = (name: string): Promise<string> => readFile(join(import.meta.dirname, name), "utf8")

/** The names of the figures in `/metrics` of a gateway. */
async function metricNames(): Promise<ReadonlySet<string>> {
  using folder = new TemporaryFolder()
  const adminKey = "wp_deploy"
  await using gateway = await startGateway({
    environment: { LOG_LEVEL: "silent" },
    port: 0,
    databaseFile: folder.file(),
    adminKey,
  })
  const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
  const types = [...(await answer.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Set(
    types.flatMap(([, name = "", type]) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name],
    ),
  )
}

test("dashboard and alert rules name no figure that a gateway does not have", async () => {
  const known = await metricNames()
  for (const file of ["grafana-dashboard.json", "prometheus-alerts.yaml"]) {
    const used = new Set((await read(file)).match(/\bwecom_push_\w+/g))
    assert.ok(used.size > 5, file)
    assert.deepEqual(
      [...used].filter((name) => !known.has(name)),
      [],
      file,
    )
  }
})

test("the guides explain every figure of the gateway's own", async () => {
  const own = [...(await metricNames())]
    .map((name) => name.replace(/_(?:bucket|sum|count)$/, ""))
    .filter((name) => !/^wecom_push_(?:process|nodejs)_/.test(name))
  for (const guide of ["../docs/gateway/watch.md", "../docs/gateway/watch.zh-CN.md"]) {
    const explained = new Set((await read(guide)).match(/(?<=^\| `)wecom_push_\w+(?=`)/gm))
    assert.deepEqual(
      own.filter((name) => !explained.has(name)),
      [],
      guide,
    )
  }
})

test(".env.example names every variable there is, and no other", async () => {
  const named = [...(await read("../.env.example")).matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = ""]) => name)
  const ofSettings = Object.values(settings).map(({ environment: [name] }) => name)
  const expected = new Set<string>([...ofSettings, ...Object.values(gatewaySettings)])
  assert.deepEqual(new Set(named), expected)
  assert.equal(named.length, expected.size, "each once")
})

// proves 30.image: what was only tried out has a file of its own
test("the image names no database: the real one and that of serve --simulator have their usual names in its volume", async () => {
  const text = await read("Dockerfile")
  assert.doesNotMatch(text, /DATABASE|sqlite:/)
  const [, volume] = /^VOLUME (\S+)$/m.exec(text) ?? []
  assert.equal(/^WORKDIR (\S+)$/gm.exec(text.slice(text.lastIndexOf("FROM")))?.[1], volume)
})

test("what systemd, Docker, compose and the chart run is a command there is, and the variables they set are read", async () => {
  const known = new Set([...(await read("../.env.example")).matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name))
  for (const file of [
    "wecom-push.service",
    "Dockerfile",
    "compose.yaml",
    "compose.postgres.yaml",
    "helm/wecom-push/templates/deployment.yaml",
  ]) {
    const text = await read(file)
    const variables = new Set(text.match(/\bWECOM_[A-Z_]+\b/g))
    assert.equal(variables.size > 0, file !== "Dockerfile", file)
    for (const name of variables) assert.ok(known.has(name.replace(/_FILE$/, "")), `${file}: ${name}`)
    assert.match(text, /serve.*--host/, file)
  }
})
