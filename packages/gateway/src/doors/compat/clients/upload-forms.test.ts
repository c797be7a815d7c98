import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { UPLOAD_FORMS, uploadFormOf } from "../../../../../simulator/src/testing/upload-forms.ts"
import { TEXT } from "../../http/testing/media-form.ts"
import { startCompat } from "../testing/compat-under-test.ts"

// proves 11.B11: forms of uploads
suite("an upload, as a client of another language writes it, reaches WeCom with its name whole", () => {
  for (const form of UPLOAD_FORMS) {
    test(`${form.client}: ${form.filename}`, async () => {
      await using compat = await startCompat()
      const query = new URLSearchParams({ access_token: await compat.token(), type: "file" })
      const { text } = await compat.ask(`media/upload?${query.toString()}`, uploadFormOf(form, TEXT))
      const { errcode, errmsg, media_id } = JSON.parse(text)
      assert.equal(errcode, 0, errmsg)

      const sent = await compat.send({ msgtype: "file", file: { media_id } })
      assert.equal(sent.errcode, 0, sent.errmsg)
      const upload = (await compat.sim.calls()).find(({ path }) => path === "/cgi-bin/media/upload")
      assert.partialDeepStrictEqual(upload?.body, { media: { filename: form.filename, bytes: TEXT.length } })
    })
  }
})
