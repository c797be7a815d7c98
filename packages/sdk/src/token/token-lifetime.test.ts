import assert from "node:assert/strict"
import { test } from "node:test"
import { createApi } from "../create-api.ts"
import { aFolder } from "../testing/a-folder.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { aSend } from "../testing/simulated-api.ts"
import type { Transport } from "../transport.ts"
import { fileTokenStore } from "./file-token-store.ts"

for (const written of ["1e305", "1e999", "7200", "86400", "0", "1e-300", "-1", "null", '"7200"']) {
  // proves 11.S19: nonsense from stores and WeCom
  test(`a lifetime of ${written} seconds is read within WeCom's two hours, and all processes share the token`, async () => {
    await using folder = await aFolder()
    const clock = leapingClock()
    let fetched = 0
    const transport: Transport = {
      async request({ url }) {
        if (!url.pathname.endsWith("/gettoken")) return answer('"msgid":"m"')
        fetched++
        return answer(`"access_token":"t","expires_in":${written}`)
      },
      download: () => Promise.reject(new Error("no download is expected")),
      close: () => Promise.resolve(),
    }
    const process = () =>
      createApi({
        baseUrl: "http://127.0.0.1:1",
        corpId: "ww",
        secret: "s",
        transport,
        tokenStore: fileTokenStore({ directory: folder.path }),
        clock,
        language: "en",
      })
    await process().call(aSend(clock))
    await process().call(aSend(clock))
    assert.equal(fetched, 1)
    clock.advance(7_200_000)
    await process().call(aSend(clock))
    assert.equal(fetched, 2)
  })
}

function answer(fields: string) {
  return { status: 200, contentType: "application/json", body: `{"errcode":0,"errmsg":"ok",${fields}}` }
}
