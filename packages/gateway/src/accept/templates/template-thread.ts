import { parentPort } from "node:worker_threads"
import { READY } from "../../threads/worker-thread.ts"
import { checkTemplate, renderTemplate } from "./render-template.ts"
import type { TemplateOrder, TemplateReply } from "./template-results.ts"

/** The thread in which templates are rendered, so that an endless template can be stopped. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort

port.on("message", (order: TemplateOrder) => {
  port.postMessage(perform(order) satisfies TemplateReply)
})

port.postMessage(READY)

function perform(order: TemplateOrder): TemplateReply {
  return order.kind === "check"
    ? { faults: checkTemplate(order.template) }
    : { rendered: renderTemplate(order.template, order.body) }
}
