/** The parts of docs/proof.md. A promise belongs to the part that matches its number. */
export const SECTIONS: readonly { readonly title: string; readonly holds: RegExp; readonly note?: string }[] = [
  { title: "Clients", holds: /^C\d/ },
  { title: "Security", holds: /^row \d/ },
  { title: "The way to WeCom", holds: /^U\d/ },
  { title: "WeCom's answers", holds: /^A\d/ },
  { title: "Killed, cut off, out of space, at the wrong time", holds: /^[PSDN]\d/ },
  { title: "Issue 3: the gateway", holds: /^3\./ },
  { title: "Issue 4: everything a message can be", holds: /^4\./ },
  { title: "Issue 10: what a user starts is what was tested", holds: /^10\./ },
  { title: "Issue 11: each has a share, and takes nothing from the others", holds: /^11\./ },
  { title: "Issue 12: the delivery engine", holds: /^12\./ },
  { title: "Issue 13: several gateways on one database", holds: /^13\./ },
  { title: "Issue 28: a bare machine, six minutes, and the door", holds: /^28\./ },
  { title: "Issue 29: real days", holds: /^29\./ },
  {
    title: "Issue 30: packages",
    holds: /^30\./,
    note: "Without nginx and Caddy their rows (30.proxies) are left out: nothing else can read those configurations. The gateway's own\npart, which is events as they happen and 413 as a problem document, is shown without a proxy by `packages/gateway/src/doors/http/events.test.ts`\nand `packages/gateway/src/doors/http/batch.test.ts`.",
  },
  { title: "Issue 31: channels", holds: /^31\./ },
  { title: "Issue 32", holds: /^32\./ },
]
