import type { Transport } from "@wecom-push/sdk"

export interface HeldSends {
  readonly wrapTransport: (transport: Transport) => Transport
  readonly letGo: () => void
}

/** Sits between dispatcher and WeCom: no `message/send` goes out before the test releases it. */
export function holdSends(): HeldSends {
  const { promise: mayGo, resolve: letGo } = Promise.withResolvers<void>()
  return {
    wrapTransport: (transport) => ({
      request: async (request) => {
        if (request.url.pathname.endsWith("/message/send")) await mayGo
        return transport.request(request)
      },
      download: (request) => transport.download(request),
      close: () => transport.close(),
    }),
    letGo,
  }
}
