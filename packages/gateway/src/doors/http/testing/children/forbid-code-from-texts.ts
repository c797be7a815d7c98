// From here on only the packages below can make code from a text in this process. Must be imported before anything else.

/** Packages that may make code from a text. */
const ALLOWED: ReadonlySet<string> = new Set(["find-my-way"])

export const allowed = new Set<string>()
export const refused = new Set<string>()

type Maker = (...texts: string[]) => unknown

const forbidden = <T extends Maker>(maker: T): T =>
  new Proxy(maker, {
    apply: (target, self, texts) => (judge(), Reflect.apply(target, self, texts)),
    construct: (target, texts, made) => (judge(), Reflect.construct(target, texts, made)),
  })

const prototypes = [() => {}, async () => {}, function* () {}, async function* () {}].map((made) =>
  Object.getPrototypeOf(made),
)
for (const prototype of prototypes) {
  Object.defineProperty(prototype, "constructor", { value: forbidden(prototype.constructor) })
}
globalThis.Function = prototypes[0].constructor
// oxlint-disable-next-line no-eval -- it is taken away
globalThis.eval = forbidden(globalThis.eval)

function judge(): void {
  const caller = callerOf(new Error("code from a text").stack ?? "")
  if (ALLOWED.has(caller)) allowed.add(caller)
  else {
    refused.add(caller)
    throw new EvalError(`code from a text, by ${caller}`)
  }
}

/** The package of the first line in the stack that is not ours; the file, if it is not in node_modules. */
function callerOf(stack: string): string {
  const line = stack.split("\n").find((line) => /[/\\]/.test(line) && !line.includes(import.meta.filename)) ?? "unknown"
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(line)?.[1] ?? line.trim()
}
