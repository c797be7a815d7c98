import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { WeCom } from "./client.ts"
import { httpsTransport } from "./transport-https.ts"
import { undiciTransport } from "./transport-undici.ts"
import { fileLookupStore } from "./people/file-lookup-store.ts"
import { fileMediaStore } from "./media/file-media-store.ts"
import { fileTokenStore } from "./token/file-token-store.ts"
import { simulatedWeCom } from "./testing/simulated-wecom.ts"
import { text } from "./builders.ts"
import { WeComError } from "./wecom-error.ts"

const APP = { corpId: "ww0000000000000001", secret: "s", agentId: 1000002 }

function told(error: unknown): string {
  assert.ok(error instanceof WeComError, String(error))
  assert.equal(error.code, "invalid_input")
  return error.faults.map(({ path, rule }) => `${path} ${rule}`).join(", ")
}

function faultsOf(options: unknown): WeComError {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as callers without a compiler give them
    void new WeCom(options as typeof APP)
  } catch (error) {
    assert.ok(error instanceof WeComError, String(error))
    return error
  }
  return assert.fail("it was taken")
}

// proves 28.options-sdk: options of the SDK
test("28: without options the client says which it needs, and what is no object is named", () => {
  for (const none of [undefined, null, {}]) {
    assert.equal(told(faultsOf(none)), "corpId required, secret required, agentId required")
  }
  for (const odd of ["ww1", 7, [APP], () => APP]) assert.match(told(faultsOf(odd)), /options wrong_type/)
})

// proves 28.options-sdk: options of the SDK
test("28: an option that there is not is named with those that are there; one that is undefined is none", () => {
  const error = faultsOf({ ...APP, timeoutMS: 5, baseURL: "http://127.0.0.1:1" })
  assert.equal(told(error), "timeoutMS unknown_field, baseURL unknown_field")
  assert.match(error.message, /^timeoutMS is no option here; write corpId, .*timeoutMs.*, or remove it\./)
  assert.match(faultsOf({ ...APP, language: "zh", nmae: 1 }).message, /^没有 nmae 这个选项，可用的有 corpId、/)
  const unset = { ...APP, nmae: undefined }
  assert.ok(new WeCom(unset))
})

// proves 28.options-sdk: options of the SDK
suite(
  "28: a controller in place of its signal, an option there is not, and what are no options are reported, and nothing is asked",
  () => {
    const to = { users: ["zhangsan"] }
    const controller = new AbortController()
    type Ask = (wecom: WeCom, options: never) => Promise<unknown>
    const rows: Readonly<Record<string, Ask>> = {
      send: (wecom, options) => wecom.send(to, text("x"), options),
      "send, dry run": (wecom, options) => wecom.send(to, text("x"), withDryRun(options)),
      sendToMany: (wecom, options) => wecom.sendToMany(to, text("x"), options),
      "sendToMany, dry run": (wecom, options) => wecom.sendToMany(to, text("x"), withDryRun(options)),
      lookUp: (wecom, options) => wecom.lookUp([{ type: "mobile", address: "13800000001" }], options),
      useridByMobile: (wecom, options) => wecom.useridByMobile("13800000001", options),
      recall: (wecom, options) => wecom.recall("m", options),
      agent: (wecom, options) => wecom.agent(options),
      updateCard: (wecom, options) => wecom.updateCard("c", { button: { replace_name: "x" } }, undefined, options),
      "media.upload": (wecom, options) =>
        wecom.media.upload("file", { content: new Blob(["a file"]), filename: "a" }, options),
      "media.uploadImage": (wecom, options) =>
        wecom.media.uploadImage({ content: new Blob(["a file"]), filename: "a" }, options),
      "media.get": (wecom, options) => wecom.media.get("m", options),
    }
    for (const [name, ask] of Object.entries(rows)) {
      test(name, async () => {
        await using world = await simulatedWeCom()
        const { wecom } = world
        const error = async (options: unknown): Promise<WeComError> => {
          const met = await ask(wecom, options as never).then(
            () => assert.fail("it was taken"),
            (error: unknown) => error,
          )
          assert.ok(met instanceof WeComError, String(met))
          return met
        }
        const ofController = await error({ signal: controller })
        assert.equal(told(ofController), "signal wrong_type")
        assert.match(
          ofController.message,
          /^signal has the wrong type; make it an AbortSignal: the `signal` of an AbortController/,
        )
        assert.match(told(await error({ sginal: controller.signal })), /^sginal unknown_field$/)
        // A dry run is asked for by its options.
        if (!name.includes("dry"))
          for (const none of [null, "x", []]) assert.equal(told(await error(none)), "options wrong_type")
        assert.deepEqual(await world.calls(), [])
      })
    }
  },
)

test("28: of a send they are reported with everything else that is wrong", async () => {
  await using world = await simulatedWeCom()
  const options = { signal: new AbortController(), overflow: "cut", nmae: 1 }
  const error = await world.wecom.send({}, text(""), options as never).catch((error: unknown) => error)
  for (const part of [
    "to required",
    "text.content empty",
    "signal wrong_type",
    "nmae unknown_field",
    "overflow not_allowed",
  ]) {
    assert.ok(told(error).includes(part), `${part}: ${told(error)}`)
  }
})

test("28: a signal of another realm or library is one", async () => {
  await using world = await simulatedWeCom()
  const { signal } = new AbortController()
  const foreign = {
    aborted: false,
    reason: undefined,
    addEventListener: signal.addEventListener.bind(signal),
    removeEventListener: signal.removeEventListener.bind(signal),
  }
  const { ok } = await world.wecom.send({ users: ["zhangsan"] }, text("x"), { signal: foreign as never })
  assert.ok(ok)
})

// proves 28.options-sdk: options of the SDK
test("28: stores and transports name an option that there is not, and a store a folder that is missing", () => {
  const makers = { fileTokenStore, fileLookupStore, fileMediaStore, httpsTransport, undiciTransport }
  for (const [name, make] of Object.entries(makers)) {
    const given = { dir: "/tmp/x" } as never
    assert.throws(() => make(given), {
      name: "TypeError",
      message: new RegExp(`^${name} has no option dir; these are there: `),
    })
  }
  for (const make of [fileTokenStore, fileLookupStore, fileMediaStore]) {
    for (const given of [{}, { directory: "" }, { directory: 7 }]) {
      assert.throws(() => make(given as never), { name: "TypeError", message: /needs the option directory/ })
    }
    assert.throws(() => make("/tmp/x" as never), {
      name: "TypeError",
      message: /takes an object with these options: directory/,
    })
  }
})

/** Options as a caller without a compiler may give them, and a dry run of them. */
function withDryRun(options: never): never {
  return { ...(options as object), dryRun: true } as never
}
