import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { TEXT } from "../testing/sample-media.ts"
import { simClient } from "../testing/sim-client.ts"
import { UPLOAD_FORMS, uploadFormOf } from "../testing/upload-forms.ts"

// proves 11.B11: forms of uploads
suite("an upload is taken and given back as a client of another language writes it", () => {
  for (const form of UPLOAD_FORMS) {
    test(`${form.client}: ${form.filename}`, async () => {
      await using sim = await simClient()
      const url = new URL("/cgi-bin/media/upload", sim.sim.url)
      url.search = new URLSearchParams({ access_token: await sim.token(), type: "file" }).toString()
      const answer = (await (await fetch(url, uploadFormOf(form, TEXT))).json()) as Record<string, unknown>
      assert.equal(answer["errcode"], 0, String(answer["errmsg"]))

      url.pathname = "/cgi-bin/media/get"
      url.search = new URLSearchParams({
        access_token: await sim.token(),
        media_id: String(answer["media_id"]),
      }).toString()
      const got = await fetch(url)
      assert.equal(got.status, 200)
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), TEXT)
      const call = (await sim.calls()).at(-1)
      assert.deepEqual(call?.answer, { filename: form.filename, bytes: TEXT.length })
    })
  }
})
