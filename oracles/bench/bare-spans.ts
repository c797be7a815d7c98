// Makes and ends the spans of a message, one after another, to measure their cost without a gateway. For each message
// { count } it sends { microseconds }, the processor time for the spans of one message.
import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"
import type { Attributes, Context, Span } from "@opentelemetry/api"
import { droppingProvider } from "./dropping-provider.ts"

const tracer = droppingProvider().getTracer("bare-spans")

function begin(name: string, kind: SpanKind, attributes: Attributes, context: Context): Span {
  return tracer.startSpan(name, { kind, attributes }, context)
}

function fourSpans(id: string): void {
  const accept = begin(
    "accept message",
    SpanKind.SERVER,
    { msgtype: "text", priority: "normal", recipients: 1 },
    ROOT_CONTEXT,
  )
  accept.setAttribute("message", id).end()
  const accepted = trace.setSpanContext(ROOT_CONTEXT, accept.spanContext())
  const deliver = begin("deliver message", SpanKind.CONSUMER, { message: id, app: "default" }, accepted)
  const delivery = trace.setSpan(ROOT_CONTEXT, deliver)
  const call = { call: 1, attempt: 1 }
  const send = begin("send call", SpanKind.CLIENT, { ...call, kind: "message/send", recipients: 1 }, delivery)
  send.setAttribute("errcode", 0).end()
  begin("settle call", SpanKind.INTERNAL, { ...call, result: "accepted" }, delivery).end()
  deliver.end()
}

async function round(count: number): Promise<void> {
  const before = process.cpuUsage()
  for (let done = 0; done < count; done++) {
    fourSpans(`msg_${done}`)
    // A full batch is exported by timers and promises.
    if (done % 50 === 0) await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(before)
  process.send?.({ microseconds: (user + system) / count })
}

process.on("message", ({ count }: { readonly count: number }) => void round(count))
process.send?.({ port: 0 })
