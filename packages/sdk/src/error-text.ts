import type { Bilingual, Language } from "@wecom-push/protocol"
import { CLOSED } from "./transport.ts"
import type { TransportFaultKind } from "./transport.ts"
import { SWITCHED_OFF } from "./transport/refuse-unverified.ts"

/** The `code` of the fault for a smart robot's frame that was not sent. */
export const NOT_CONNECTED = "not connected"

/** The event and the next step for the reader. */
export interface ErrorText {
  readonly message: string
  readonly hint: string
}

/** The text for a request that got no answer: the host that failed and the system's code for the failure. */
export function faultText(
  kind: TransportFaultKind,
  at: { readonly host: string; readonly code: string | undefined },
  language: Language,
): ErrorText {
  const { what, todo } = BY_CODE.get(at.code ?? "") ?? FAULTS[kind]
  const place = at.code === undefined ? at.host : `${at.host}${language === "zh" ? "，" : ", "}${at.code}`
  return {
    message: what[language]
      .replace("{place}", place)
      .replace("{host}", at.host)
      .replace("{code}", at.code ?? ""),
    hint: todo[language].replace("{host}", at.host),
  }
}

interface FaultText {
  readonly what: Bilingual
  readonly todo: Bilingual
}

const CHECK_SWITCHED_OFF: FaultText = {
  what: {
    en: "The connection would not be safe, so nothing was sent: the environment switches the check of certificates off ({place}).",
    zh: "连接不安全，未发送任何内容：环境变量关闭了证书校验（{place}）。",
  },
  todo: {
    en: "Unset NODE_TLS_REJECT_UNAUTHORIZED. Where a company proxy decrypts TLS, name its root certificate in NODE_EXTRA_CA_CERTS.",
    zh: "请取消 NODE_TLS_REJECT_UNAUTHORIZED。若公司代理会解密 TLS，请用 NODE_EXTRA_CA_CERTS 指定其根证书。",
  },
}

const CLIENT_CLOSED: FaultText = {
  what: {
    en: "The client is closed, so nothing was sent.",
    zh: "客户端已关闭，未发送任何内容。",
  },
  todo: {
    en: "Make another client, or close this one after its last call.",
    zh: "请新建客户端，或在最后一次调用结束之后再关闭它。",
  },
}

const ROBOT_NOT_CONNECTED: FaultText = {
  what: {
    en: "The robot has no connection at present, so nothing was sent.",
    zh: "机器人当前没有连接，未发送任何内容。",
  },
  todo: {
    en: "Send again when it is connected: connect() makes the connection, onState reports how it goes.",
    zh: "请在连接成功后重新发送：connect() 建立连接，onState 报告连接状态。",
  },
}

/** The texts of these codes, whatever the kind of the fault. */
const BY_CODE: ReadonlyMap<string, FaultText> = new Map([
  [SWITCHED_OFF, CHECK_SWITCHED_OFF],
  [NOT_CONNECTED, ROBOT_NOT_CONNECTED],
  [CLOSED, CLIENT_CLOSED],
])

const FAULTS: Readonly<Record<TransportFaultKind, FaultText>> = {
  refused: {
    what: {
      en: "WeCom could not be reached: nothing accepts connections there ({place}).",
      zh: "无法连接企业微信：对方拒绝连接（{place}）。",
    },
    todo: {
      en: "Check host and port of the base URL, and that whatever should listen there is running.",
      zh: "请检查接口地址（base URL）的主机和端口，并确认对应的服务已启动。",
    },
  },
  dns: {
    what: {
      en: "WeCom could not be reached: the name could not be resolved ({place}).",
      zh: "无法连接企业微信：域名解析失败（{place}）。",
    },
    todo: {
      en: "Check the spelling of the base URL and this machine's DNS; behind a proxy set HTTPS_PROXY.",
      zh: "请检查接口地址（base URL）的拼写和本机 DNS；若需经代理上网，请设置 HTTPS_PROXY。",
    },
  },
  unreachable: {
    what: {
      en: "WeCom could not be reached: there is no way to it ({place}).",
      zh: "无法连接企业微信：网络不可达（{place}）。",
    },
    todo: {
      en: "Check this machine's network and firewall; behind a proxy set HTTPS_PROXY.",
      zh: "请检查本机网络和防火墙；若需经代理上网，请设置 HTTPS_PROXY。",
    },
  },
  tls: {
    what: {
      en: "The connection is not safe, so nothing was sent: the certificate or TLS itself failed ({place}).",
      zh: "连接不安全，未发送任何内容：证书或 TLS 校验失败（{place}）。",
    },
    todo: {
      en: "Check that the base URL names the right host, that its port speaks TLS and that the clock is right. Where a company proxy decrypts TLS, name its root certificate in NODE_EXTRA_CA_CERTS. Verification cannot be switched off.",
      zh: "请检查接口地址（base URL）是否正确、端口是否为 TLS、系统时间是否准确。若公司代理会解密 TLS，请用 NODE_EXTRA_CA_CERTS 指定其根证书。证书校验不能关闭。",
    },
  },
  proxy: {
    what: {
      en: "The proxy did not let the request through ({place}).",
      zh: "代理没有放行请求（{place}）。",
    },
    todo: {
      en: "Check HTTPS_PROXY: address, user name and password (HTTP 407), and whether the proxy allows qyapi.weixin.qq.com (HTTP 403). Hosts in NO_PROXY are reached directly.",
      zh: "请检查 HTTPS_PROXY 的地址、用户名和密码（HTTP 407），以及代理是否允许访问 qyapi.weixin.qq.com（HTTP 403）。NO_PROXY 中的主机直接连接。",
    },
  },
  timeout: {
    what: {
      en: "WeCom did not answer in time ({place}).",
      zh: "企业微信未在规定时间内应答（{place}）。",
    },
    todo: {
      en: "Check network and proxy, and try again a little later.",
      zh: "请检查网络和代理，稍后再试。",
    },
  },
  reset: {
    what: {
      en: "The connection broke before an answer came ({place}).",
      zh: "连接在应答之前中断（{place}）。",
    },
    todo: {
      en: "Try again a little later; if it stays, check what is between here and {host}.",
      zh: "请稍后再试；若一直如此，请检查到 {host} 之间的网络设备。",
    },
  },
  cut: {
    what: {
      en: "The answer broke off half-way ({place}).",
      zh: "应答传到一半中断（{place}）。",
    },
    todo: {
      en: "Try again a little later; if it stays, check what is between here and {host}.",
      zh: "请稍后再试；若一直如此，请检查到 {host} 之间的网络设备。",
    },
  },
  too_large: {
    what: {
      en: "The answer is longer than any of WeCom's (over 4 MiB) and was not read to its end ({place}).",
      zh: "应答超过 4 MiB，不可能来自企业微信，已停止读取（{place}）。",
    },
    todo: {
      en: "Check that the base URL leads to WeCom and not to something else.",
      zh: "请检查接口地址（base URL）是否指向企业微信。",
    },
  },
  protocol: {
    what: {
      en: "What answered does not speak HTTP ({place}).",
      zh: "对方返回的不是 HTTP 应答（{place}）。",
    },
    todo: {
      en: "Check scheme and port of the base URL.",
      zh: "请检查接口地址（base URL）的协议和端口。",
    },
  },
  body: {
    what: {
      en: "The file was changed or removed while it was being uploaded.",
      zh: "文件在上传过程中被修改或删除。",
    },
    todo: {
      en: "Upload it again when nothing writes to it any more.",
      zh: "请在文件写入完成后重新上传。",
    },
  },
  transport_missing: {
    what: {
      en: "Nothing was sent: the package undici, which carries the requests, cannot be loaded ({code}).",
      zh: "未发送任何内容：无法加载用于发送请求的 undici 包（{code}）。",
    },
    todo: {
      en: "Install undici, and let a bundler leave it out (esbuild: --external:undici); or hand over another transport: httpsTransport() needs Node alone, fetchTransport() any runtime with fetch.",
      zh: "请安装 undici，并让打包工具不要打包它（esbuild：--external:undici）；或改用其他 transport：httpsTransport() 只需 Node，fetchTransport() 适用于任何有 fetch 的环境。",
    },
  },
  aborted: {
    what: {
      en: "The caller aborted the call, or closed the client during it ({place}).",
      zh: "调用方取消了请求，或客户端已关闭（{place}）。",
    },
    todo: {
      en: "Close the client when its last call has ended.",
      zh: "请在最后一个请求结束之后再关闭客户端。",
    },
  },
}

/** Sentences that do not depend on a code of WeCom's or of the system. */
export const TEXT = {
  sendInDoubt: {
    en: "The request went out and no usable answer came back, so the message may have arrived.",
    zh: "请求已发出，但没有收到可用的应答，消息可能已经送达。",
  },
  sendInDoubtHint: {
    en: "Look on a phone before sending it again. With the duplicate check (duplicateCheckSeconds, --duplicate-check) such a call is repeated without showing twice.",
    zh: "重发之前请先在手机上确认。开启重复消息检查（duplicateCheckSeconds、--duplicate-check）后，这类请求会自动重试且不会重复显示。",
  },
  inDoubt: {
    en: "The request went out and no usable answer came back, so WeCom may have carried it out.",
    zh: "请求已发出，但没有收到可用的应答，操作可能已经生效。",
  },
  inDoubtHint: {
    en: "Look on a phone before repeating it.",
    zh: "重试之前请先在手机上确认。",
  },
  unusable: {
    en: "What answered is not WeCom's API ({detail}): a proxy, a gateway or a login page in between.",
    zh: "应答不是企业微信接口的格式（{detail}），可能来自中间的代理、网关或登录页。",
  },
  unusableHint: {
    en: "Check the base URL {base} and what is between here and WeCom; a 5xx may pass by itself.",
    zh: "请检查接口地址 {base} 以及到企业微信之间的代理或网关；5xx 可能会自行恢复。",
  },
  redirected: {
    en: "The base URL answers with a redirect ({detail}), which is not followed because the address carries the secret.",
    zh: "接口地址返回了重定向（{detail}）；由于地址中带有密钥，不会跟随跳转。",
  },
  redirectedHint: {
    en: "Set the base URL to where the API really is; it is {base} now. WeCom itself is https://qyapi.weixin.qq.com.",
    zh: "请把接口地址（base URL）改为 API 的真实地址，当前为 {base}。企业微信官方地址是 https://qyapi.weixin.qq.com。",
  },
  notFound: {
    en: "There is no WeCom API at the base URL ({detail}).",
    zh: "接口地址下没有企业微信接口（{detail}）。",
  },
  deadline: {
    en: "Time ran out before anything was sent.",
    zh: "还未发送就已超时。",
  },
  idleDownload: {
    en: "The download was not read for {seconds} seconds, so its connection was closed.",
    zh: "{seconds} 秒内没有人读取下载的内容，连接已收回。",
  },
  idleDownloadHint: {
    en: "Read the body or cancel it; `range` asks for the rest. A reader that pauses for longer needs more (downloadIdleMs).",
    zh: "请读完 body 或取消它；可用 `range` 请求其余部分。读取中确需停顿更久的，请放宽 downloadIdleMs。",
  },
  deadlineHint: {
    en: "Repeating is safe. Allow more time (timeoutMs) if this happens often.",
    zh: "可以放心重发；若经常出现，请放宽时限（timeoutMs）。",
  },
  aborted: {
    en: "The caller aborted the call before anything was sent.",
    zh: "调用方在发送之前取消了请求。",
  },
  abortedInDoubt: {
    en: "The caller aborted the call after the request went out, so WeCom may have carried it out.",
    zh: "调用方在请求发出之后取消，企业微信可能已经执行。",
  },
  abortedHint: {
    en: "Nothing to correct.",
    zh: "无需处理。",
  },
  afterDoubt: {
    en: "An earlier try of the same call went out without an answer, so WeCom may have carried it out all the same.",
    zh: "同一请求此前已发出但未收到应答，企业微信可能已经执行。",
  },
  /** Appended to the meaning of a code. */
  where: {
    en: " ({api}, errcode {errcode})",
    zh: "（{api}，errcode {errcode}）",
  },
  untilAgain: {
    en: "WeCom is not asked again for {seconds} s.",
    zh: "{seconds} 秒内不再向企业微信请求。",
  },
  hoursUntilAgain: {
    en: "WeCom is not asked again for {hours} h {minutes} min.",
    zh: "{hours} 小时 {minutes} 分钟内不再向企业微信请求。",
  },
  pausedHint: {
    en: "Send again after that time; calling earlier does not help. An administrator can lift some blocks with WeCom's 频率自助解封 tool.",
    zh: "请在这段时间过后重发，提前调用无济于事。部分封禁可由管理员用“频率自助解封”工具解除。",
  },
  sameTokenAgain: {
    en: "WeCom refuses the access token and gives out the same one again.",
    zh: "企业微信拒绝了 access_token，重新获取到的仍是同一个。",
  },
  freshTokenRefused: {
    en: "WeCom refuses the access token, though it was fetched a moment ago.",
    zh: "刚获取的 access_token 也被企业微信拒绝。",
  },
  tokenTroubleHint: {
    en: "Wait a minute. If it stays, check in the admin console that the app is enabled, and that no other program uses another app's secret or a proxy that changes the query.",
    zh: "请等待一分钟。若仍然如此，请在管理后台确认应用已启用，并检查是否混用了其他应用的 Secret，或代理改写了查询参数。",
  },
  addAddress: {
    en: "Add {ip} to the app's trusted addresses (企业可信IP). ",
    zh: "请把 {ip} 加入该应用的“企业可信IP”。",
  },
  badBaseUrl: {
    en: "The base URL is not an http(s) address without user name, query and fragment.",
    zh: "接口地址（base URL）必须是 http(s) 地址，且不含用户名、查询参数和片段。",
  },
  badBaseUrlHint: {
    en: "Write it as https://qyapi.weixin.qq.com; /cgi-bin at its end is optional.",
    zh: "写法如 https://qyapi.weixin.qq.com，末尾可带 /cgi-bin。",
  },
  noCorpId: {
    en: "The corp id is missing.",
    zh: "缺少企业 ID（corpId）。",
  },
  noCorpIdHint: {
    en: "Copy it from the admin console, 我的企业 → 企业信息 → 企业ID.",
    zh: "在管理后台“我的企业 → 企业信息”中复制企业 ID。",
  },
  noSecret: {
    en: "The app's secret is missing.",
    zh: "缺少应用的 Secret。",
  },
  noSecretHint: {
    en: "Copy it from the admin console, 应用管理 → the app → Secret.",
    zh: "在管理后台“应用管理 → 对应应用 → Secret”中查看并复制。",
  },
} as const satisfies Readonly<Record<string, Bilingual>>
