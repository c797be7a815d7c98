// A callback server that is independent of this project gets callbacks from the simulator.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { ServerRequest, Work } from "node-easywechat"
import { setUrl, SETTINGS } from "../../packages/simulator/src/testing/callback-app.ts"
import { BUTTONS, face, MENU, press, SELECTS, sendCard } from "../../packages/simulator/src/testing/cards.ts"
import { ALERTS, CORP_ID, simClient } from "../../packages/simulator/src/testing/sim-client.ts"

type Message = Readonly<Record<string, unknown>>

/** node-easywechat's server as its users set it up, with what it gets and what it answers. */
async function easyWeChatServer() {
  const messages: Message[] = []
  let reply: object | undefined
  // A new app for each request, because its server decrypts with the keys of all its earlier requests.
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const app = new Work({ corp_id: CORP_ID, secret: ALERTS.secret, token: SETTINGS.token, aes_key: SETTINGS.aesKey })
    app.setRequest(await ServerRequest.createFromIncomingMessage(request))
    const server = app.getServer()
    server.withHandler(async (message, next) => {
      messages.push(message.toObject())
      return reply ?? next?.(message)
    })
    const answer = await server.serve()
    response.writeHead(answer.getStatusCode()).end(answer.getBody())
  }
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    messages,
    answer: (message: object) => void (reply = message),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

// proves 4.test 7: node-easywechat's callback server
test("node-easywechat proves its address, and reads a press, a menu entry and what was selected", async () => {
  await using sim = await simClient({ settings: { callback_verification: "refuse" } })
  await using peer = await easyWeChatServer()
  await setUrl(sim, peer.url)

  const told = await press(sim, { msgid: (await sendCard(sim)).msgid, key: "yes", selected: { region: ["eu"] } })
  assert.deepEqual([told.state, told.tries[0]?.status, told.tries[0]?.error], ["delivered", 200, null])
  await press(sim, { msgid: (await sendCard(sim, MENU)).msgid, key: "mute" }, "lisi")
  await press(sim, { msgid: (await sendCard(sim, SELECTS)).msgid, key: "save" })

  const [pressed, chosen, saved] = peer.messages
  assert.equal(pressed?.["Event"], "template_card_event")
  assert.equal(pressed["FromUserName"], "zhangsan")
  assert.equal(pressed["EventKey"], "yes")
  assert.equal(pressed["TaskId"], "deploy-1")
  assert.equal(pressed["ResponseCode"], told.response_code)
  assert.deepEqual(pressed["SelectedItems"], {
    SelectedItem: { QuestionKey: "region", OptionIds: { OptionId: "eu" } },
  })
  assert.deepEqual([chosen?.["Event"], chosen?.["EventKey"]], ["template_card_menu_event", "mute"])
  assert.deepEqual(saved?.["SelectedItems"], {
    SelectedItem: [
      { QuestionKey: "day", OptionIds: { OptionId: "tue" } },
      { QuestionKey: "shift", OptionIds: { OptionId: "d" } },
    ],
  })
})

test("what node-easywechat replies appears on the phone", async () => {
  await using sim = await simClient()
  await using peer = await easyWeChatServer()
  await setUrl(sim, peer.url)

  peer.answer({ MsgType: "update_button", Button: { ReplaceName: "已同意 <a&b>" } })
  await press(sim, { msgid: (await sendCard(sim, BUTTONS)).msgid, key: "yes" })
  assert.equal((await face(sim))?.["replace_text"], "已同意 <a&b>")

  peer.answer({ MsgType: "text", Content: "收到，007" })
  await press(sim, { msgid: (await sendCard(sim, MENU, "007")).msgid, key: "mute" }, "007")
  assert.deepEqual(await face(sim, "007"), { content: "收到，007" })
})
