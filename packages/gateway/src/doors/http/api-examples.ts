/** A call and its answer from a real run. */
export interface ApiExample {
  readonly request?: unknown
  readonly status: number
  readonly response: unknown
}

/** `npm run docs:examples` writes this from a run; it replaces the ids, keys and times of the run. */
export const API_EXAMPLES: Readonly<Record<string, ApiExample>> = {
  sendMessage: {
    request: {
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
        users: ["outsider"],
      },
      msgtype: "text",
      text: {
        content: "磁盘 91%",
      },
    },
    status: 202,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41300",
      state: "queued",
      recipients: 2,
    },
  },
  getMessage: {
    status: 200,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41300",
      app: "alerts",
      state: "partly_sent",
      msgtype: "text",
      priority: "normal",
      order_key: null,
      created_at: "2026-12-01T08:00:00.000Z",
      send_at: "2026-12-01T08:00:00.000Z",
      expires_at: "2026-12-02T08:00:00.000Z",
      finished_at: "2026-12-01T08:00:00.000Z",
      recipients: {
        total: 2,
        pending: 0,
        sent: 1,
        not_found: 0,
        invalid: 1,
        unlicensed: 0,
        failed: 0,
        in_doubt: 0,
        suppressed: 0,
        cancelled: 0,
        expired: 0,
        recalled: 0,
        not_opened: 0,
      },
      calls: 1,
      problem: null,
      delay: null,
      parts: null,
    },
  },
  listMessages: {
    status: 200,
    response: {
      items: [
        {
          id: "msg_01a210e2-76fc-7d34-aade-d72a59b41300",
          app: "alerts",
          state: "partly_sent",
          msgtype: "text",
          priority: "normal",
          order_key: null,
          created_at: "2026-12-01T08:00:00.000Z",
          send_at: "2026-12-01T08:00:00.000Z",
          expires_at: "2026-12-02T08:00:00.000Z",
          finished_at: "2026-12-01T08:00:00.000Z",
          recipients: {
            total: 2,
            pending: 0,
            sent: 1,
            not_found: 0,
            invalid: 1,
            unlicensed: 0,
            failed: 0,
            in_doubt: 0,
            suppressed: 0,
            cancelled: 0,
            expired: 0,
            recalled: 0,
            not_opened: 0,
          },
          calls: 1,
          problem: null,
        },
      ],
      next_cursor: null,
    },
  },
  listRecipients: {
    status: 200,
    response: {
      items: [
        {
          type: "user",
          address: "outsider",
          state: "invalid",
          userid: "outsider",
          app: "alerts",
          msgid: "zLq3pJ0bM8f9aY7e6D5c4B3a2Z1y0X9w8V7u6T5s4R3q2P1o",
          errcode: 0,
          reason: "outside_visible_range",
          delayed_until: null,
          at: "2026-12-01T08:00:00.000Z",
        },
        {
          type: "mobile",
          address: "13800000001",
          state: "sent",
          userid: "zhangsan",
          app: "alerts",
          msgid: "zLq3pJ0bM8f9aY7e6D5c4B3a2Z1y0X9w8V7u6T5s4R3q2P1o",
          errcode: null,
          reason: null,
          delayed_until: null,
          at: "2026-12-01T08:00:00.000Z",
        },
      ],
      next_cursor: null,
    },
  },
  listAttempts: {
    status: 200,
    response: {
      items: [
        {
          call: 1,
          number: 1,
          started_at: "2026-12-01T08:00:00.000Z",
          finished_at: "2026-12-01T08:00:00.000Z",
          errcode: 0,
          errmsg: "ok",
          result: "accepted",
        },
      ],
      next_cursor: null,
    },
  },
  listCalls: {
    status: 200,
    response: {
      items: [
        {
          call: 1,
          result: "accepted",
          errcode: 0,
          msgid: "zLq3pJ0bM8f9aY7e6D5c4B3a2Z1y0X9w8V7u6T5s4R3q2P1o",
          response_code: null,
          finished_at: "2026-12-01T08:00:00.000Z",
          recalled_at: null,
        },
      ],
      next_cursor: null,
    },
  },
  lookUp: {
    request: {
      app: "alerts",
      mobile: "13800000001",
    },
    status: 200,
    response: {
      userid: "zhangsan",
    },
  },
  listDepartments: {
    status: 200,
    response: {
      items: [
        {
          id: 2,
          name: "研发部",
          parent_id: 1,
          order: 2,
        },
        {
          id: 3,
          name: "人事部",
          parent_id: 1,
          order: 1,
        },
      ],
      directory: {
        state: "read",
        departments_read: null,
        departments: 2,
        read_at: "2026-12-01T08:00:00.000Z",
      },
    },
  },
  listMembers: {
    status: 200,
    response: {
      items: [
        {
          userid: "007",
          name: "零零七",
          departments: [3],
        },
        {
          userid: "lisi",
          name: "李四",
          departments: [2],
        },
      ],
      next_cursor: "MC4y",
      directory: {
        state: "read",
        departments_read: null,
        departments: 2,
        read_at: "2026-12-01T08:00:00.000Z",
      },
    },
  },
  listTags: {
    status: 200,
    response: {
      items: [
        {
          id: 1,
          name: "值班",
        },
      ],
      directory: {
        state: "read",
        departments_read: null,
        departments: 2,
        read_at: "2026-12-01T08:00:00.000Z",
      },
    },
  },
  getTag: {
    status: 200,
    response: {
      id: 1,
      name: "值班",
      departments: [],
      items: [
        {
          userid: "WangWu",
          name: "王五",
        },
        {
          userid: "zhangsan",
          name: "张三",
        },
      ],
      next_cursor: null,
      directory: {
        state: "read",
        departments_read: null,
        departments: null,
        read_at: "2026-12-01T08:00:00.000Z",
      },
    },
  },
  retryMessage: {
    request: {
      states: ["invalid"],
    },
    status: 200,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41300",
      state: "sending",
      retried: 1,
    },
  },
  recallMessage: {
    request: {},
    status: 200,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41300",
      state: "failed",
      cancelled: 0,
      calls: [
        {
          call: 1,
          result: "recalled",
          errcode: 0,
          errmsg: "ok",
        },
      ],
    },
  },
  sendBatch: {
    request: [
      {
        app: "alerts",
        to: {
          mobiles: ["13800000001"],
        },
        msgtype: "text",
        text: {
          content: "一",
        },
        idempotency_key: "run-9-1",
      },
      {
        app: "alerts",
        to: {
          mobiles: ["13800000001"],
        },
        msgtype: "text",
        text: {
          content: "二",
        },
        idempotency_key: "run-9-2",
        send_at: "2026-12-01T09:00:00.000Z",
      },
    ],
    status: 200,
    response: [
      {
        index: 0,
        status: 202,
        id: "msg_01a210e2-76fc-7d34-aade-d72a59b41301",
      },
      {
        index: 1,
        status: 202,
        id: "msg_01a210e2-76fc-7d34-aade-d72a59b41302",
      },
    ],
  },
  cancelMessage: {
    request: {},
    status: 200,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41302",
      state: "cancelled",
      cancelled: 1,
    },
  },
  cancelMessages: {
    request: {
      app: "alerts",
    },
    status: 200,
    response: {
      messages: 0,
      recipients: 0,
      not_cancelled: [],
      not_cancelled_count: 0,
      more: false,
    },
  },
  changeCard: {
    request: {
      button: {
        replace_name: "已批准",
      },
    },
    status: 200,
    response: {
      id: "msg_01a210e2-76fc-7d34-aade-d72a59b41303",
      calls: [
        {
          call: 1,
          code: "message",
          userids: null,
          result: "updated",
          errcode: null,
          errmsg: null,
          invalid_users: [],
        },
      ],
    },
  },
  storeMedia: {
    status: 201,
    response: {
      id: "med_E8i5VOjMP9WGjpBwjZaViOXXU26sAc7A",
      type: "file",
      filename: "report.csv",
      bytes: 14,
      sha256: "bb0d587885f81b7c3b0cab210ad0a813408002ec9d52b2575a41f94973883b72",
      created_at: "2026-12-01T08:00:00.000Z",
    },
  },
  getMedia: {
    status: 200,
    response: {
      id: "med_E8i5VOjMP9WGjpBwjZaViOXXU26sAc7A",
      type: "file",
      filename: "report.csv",
      bytes: 14,
      sha256: "bb0d587885f81b7c3b0cab210ad0a813408002ec9d52b2575a41f94973883b72",
      created_at: "2026-12-01T08:00:00.000Z",
    },
  },
  listMedia: {
    status: 200,
    response: {
      items: [
        {
          id: "med_E8i5VOjMP9WGjpBwjZaViOXXU26sAc7A",
          type: "file",
          filename: "report.csv",
          bytes: 14,
          sha256: "bb0d587885f81b7c3b0cab210ad0a813408002ec9d52b2575a41f94973883b72",
          created_at: "2026-12-01T08:00:00.000Z",
          posted_at: "2026-12-01T08:00:00.000Z",
          key_id: "key_environment",
          apps: "all",
        },
      ],
      next_cursor: null,
    },
  },
  createApp: {
    request: {
      name: "hr",
      corp_id: "ww0000000000000001",
      agent_id: 1000003,
      secret: "sim-secret-hr",
    },
    status: 201,
    response: {
      name: "hr",
      kind: "app",
      corp_id: "ww0000000000000001",
      agent_id: 1000003,
      same_agent: [],
      has_callback: false,
      settings: {},
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
      pause: null,
    },
  },
  getApp: {
    status: 200,
    response: {
      name: "hr",
      kind: "app",
      corp_id: "ww0000000000000001",
      agent_id: 1000003,
      same_agent: [],
      has_callback: false,
      settings: {},
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
      pause: null,
    },
  },
  changeApp: {
    request: {
      settings: {
        concurrent_calls: 20,
      },
    },
    status: 200,
    response: {
      name: "hr",
      kind: "app",
      corp_id: "ww0000000000000001",
      agent_id: 1000003,
      same_agent: [],
      has_callback: false,
      settings: {
        concurrent_calls: 20,
      },
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
      pause: null,
    },
  },
  listApps: {
    status: 200,
    response: {
      items: [
        {
          name: "alerts",
          kind: "app",
          corp_id: "ww0000000000000001",
          agent_id: 1000002,
          same_agent: [],
          has_callback: false,
          settings: {},
          created_at: "2026-12-01T08:00:00.000Z",
          updated_at: "2026-12-01T08:00:00.000Z",
          pause: null,
        },
        {
          name: "hr",
          kind: "app",
          corp_id: "ww0000000000000001",
          agent_id: 1000003,
          same_agent: [],
          has_callback: false,
          settings: {
            concurrent_calls: 20,
          },
          created_at: "2026-12-01T08:00:00.000Z",
          updated_at: "2026-12-01T08:00:00.000Z",
          pause: null,
        },
      ],
    },
  },
  setCorp: {
    request: {
      settings: {
        lookups_per_minute: 6000,
      },
    },
    status: 200,
    response: {
      corp_id: "ww0000000000000001",
      settings: {
        lookups_per_minute: 6000,
      },
    },
  },
  getCorp: {
    status: 200,
    response: {
      corp_id: "ww0000000000000001",
      settings: {
        lookups_per_minute: 6000,
      },
    },
  },
  createKey: {
    request: {
      name: "shop",
      scopes: ["send", "read"],
      apps: ["alerts"],
    },
    status: 201,
    response: {
      id: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
      client: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
      name: "shop",
      prefix: "wp_examp",
      scopes: ["send", "read"],
      apps: ["alerts"],
      audience_cap: null,
      overflow: null,
      forward: [],
      created_at: "2026-12-01T08:00:00.000Z",
      revoked_at: null,
      last_used_at: null,
      key: "wp_example-of-a-key-that-no-gateway-has-made-0000",
    },
  },
  getKey: {
    status: 200,
    response: {
      id: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
      client: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
      name: "shop",
      prefix: "wp_examp",
      scopes: ["send", "read"],
      apps: ["alerts"],
      audience_cap: null,
      overflow: null,
      forward: [],
      created_at: "2026-12-01T08:00:00.000Z",
      revoked_at: null,
      last_used_at: null,
    },
  },
  listKeys: {
    status: 200,
    response: {
      items: [
        {
          id: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
          client: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
          name: "shop",
          prefix: "wp_examp",
          scopes: ["send", "read"],
          apps: ["alerts"],
          audience_cap: null,
          overflow: null,
          forward: [],
          created_at: "2026-12-01T08:00:00.000Z",
          revoked_at: null,
          last_used_at: null,
        },
      ],
    },
  },
  rotateKey: {
    status: 201,
    response: {
      id: "key_01a210e2-76fc-7d34-aade-d72a59b41305",
      client: "key_01a210e2-76fc-7d34-aade-d72a59b41304",
      name: "shop",
      prefix: "wp_examp",
      scopes: ["send", "read"],
      apps: ["alerts"],
      audience_cap: null,
      overflow: null,
      forward: [],
      created_at: "2026-12-01T08:00:00.000Z",
      revoked_at: null,
      last_used_at: null,
      key: "wp_example-of-a-key-that-no-gateway-has-made-0000",
    },
  },
  createSource: {
    request: {
      name: "cron",
      adapter: "text",
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
      },
    },
    status: 201,
    response: {
      id: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
      name: "cron",
      adapter: "text",
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
      },
      priority: "normal",
      template: null,
      is_signed: false,
      prefix: "wps_exam",
      old_token_until: null,
      created_at: "2026-12-01T08:00:00.000Z",
      last_used_at: null,
      url: "http://push.example.com:7788/in/text",
      token: "wps_example0of0a0token0that0no0gateway0has0made00000000",
    },
  },
  getSource: {
    status: 200,
    response: {
      id: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
      name: "cron",
      adapter: "text",
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
      },
      priority: "normal",
      template: null,
      is_signed: false,
      prefix: "wps_exam",
      old_token_until: null,
      created_at: "2026-12-01T08:00:00.000Z",
      last_used_at: null,
      url: "http://push.example.com:7788/in/text",
    },
  },
  changeSource: {
    request: {
      priority: "high",
    },
    status: 200,
    response: {
      id: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
      name: "cron",
      adapter: "text",
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
      },
      priority: "high",
      template: null,
      is_signed: false,
      prefix: "wps_exam",
      old_token_until: null,
      created_at: "2026-12-01T08:00:00.000Z",
      last_used_at: null,
      url: "http://push.example.com:7788/in/text",
    },
  },
  listSources: {
    status: 200,
    response: {
      items: [
        {
          id: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
          name: "cron",
          adapter: "text",
          app: "alerts",
          to: {
            mobiles: ["13800000001"],
          },
          priority: "high",
          template: null,
          is_signed: false,
          prefix: "wps_exam",
          old_token_until: null,
          created_at: "2026-12-01T08:00:00.000Z",
          last_used_at: null,
          url: "http://push.example.com:7788/in/text",
        },
      ],
    },
  },
  rotateSource: {
    request: {
      old_token_s: 3600,
    },
    status: 201,
    response: {
      id: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
      name: "cron",
      adapter: "text",
      app: "alerts",
      to: {
        mobiles: ["13800000001"],
      },
      priority: "high",
      template: null,
      is_signed: false,
      prefix: "wps_exam",
      old_token_until: "2026-12-01T09:00:00.000Z",
      created_at: "2026-12-01T08:00:00.000Z",
      last_used_at: null,
      url: "http://push.example.com:7788/in/text",
      token: "wps_example0of0a0token0that0no0gateway0has0made00000000",
    },
  },
  previewTemplate: {
    request: {
      template: "{{ title }}（{{ host }}）",
      body: {
        title: "磁盘 91%",
        host: "db1",
      },
    },
    status: 200,
    response: {
      message: {
        msgtype: "text",
        text: {
          content: "磁盘 91%（db1）",
        },
      },
      warnings: [],
    },
  },
  listAudit: {
    status: 200,
    response: {
      items: [
        {
          id: 14,
          at: "2026-12-01T08:00:00.000Z",
          actor: "key_environment",
          from: "127.0.0.1",
          action: "source.rotated",
          target: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
          detail: {},
        },
        {
          id: 13,
          at: "2026-12-01T08:00:00.000Z",
          actor: "key_environment",
          from: "127.0.0.1",
          action: "source.changed",
          target: "src_01a210e2-76fc-7d34-aade-d72a59b41306",
          detail: {
            fields: ["priority"],
          },
        },
      ],
      next_cursor: "MTMuMA",
      deleted: null,
    },
  },
  listConversations: {
    status: 200,
    response: {
      items: [
        {
          type: "user",
          id: "zhangsan",
          userid: "zhangsan",
          first_at: "2026-12-01T08:00:00.000Z",
          last_at: "2026-12-01T08:00:00.000Z",
        },
      ],
      next_cursor: null,
    },
  },
  createChat: {
    request: {
      app: "all",
      chatid: "oncall",
      name: "值班群",
      owner: {
        user: "zhangsan",
      },
      members: {
        users: ["lisi"],
        mobiles: ["13800000003"],
      },
    },
    status: 201,
    response: {
      chatid: "oncall",
      app: "all",
      name: "值班群",
      owner: "zhangsan",
      members: ["lisi", "WangWu", "zhangsan"],
      state: "made",
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
    },
  },
  getChat: {
    status: 200,
    response: {
      chatid: "oncall",
      app: "all",
      name: "值班群",
      owner: "zhangsan",
      members: ["lisi", "WangWu", "zhangsan"],
      state: "made",
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
    },
  },
  changeChat: {
    request: {
      name: "夜班",
      add: {
        users: ["007"],
      },
    },
    status: 200,
    response: {
      chatid: "oncall",
      app: "all",
      name: "夜班",
      owner: "zhangsan",
      members: ["lisi", "WangWu", "zhangsan", "007"],
      state: "made",
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-01T08:00:00.000Z",
    },
  },
  listChats: {
    status: 200,
    response: {
      items: [
        {
          chatid: "oncall",
          app: "all",
          name: "夜班",
          owner: "zhangsan",
          members: ["lisi", "WangWu", "zhangsan", "007"],
          state: "made",
          created_at: "2026-12-01T08:00:00.000Z",
          updated_at: "2026-12-01T08:00:00.000Z",
        },
      ],
      next_cursor: null,
    },
  },
  getStatus: {
    status: 200,
    response: {
      version: "0.1.0",
      ready: true,
      key: {
        id: "key_environment",
        name: "admin",
        scopes: ["send", "send_all", "read", "contacts", "media", "admin"],
        audience_cap: null,
      },
      apps: [
        {
          name: "alerts",
          unfinished_messages: 0,
          due_messages: 0,
          oldest_due_seconds: 0,
          unreachable: null,
          pause: null,
        },
        {
          name: "all",
          unfinished_messages: 0,
          due_messages: 0,
          oldest_due_seconds: 0,
          unreachable: null,
          pause: null,
        },
        {
          name: "assistant",
          unfinished_messages: 0,
          due_messages: 0,
          oldest_due_seconds: 0,
          unreachable: null,
          pause: null,
        },
        {
          name: "hr",
          unfinished_messages: 0,
          due_messages: 0,
          oldest_due_seconds: 0,
          unreachable: null,
          pause: null,
        },
      ],
      backlog: {
        limit: 1000000,
        is_near: false,
      },
      database: {
        kind: "sqlite",
        synchronous: "full",
        trouble: null,
      },
    },
  },
  healthz: {
    status: 200,
    response: {
      status: "ok",
    },
  },
  livez: {
    status: 200,
    response: {
      status: "ok",
    },
  },
  readyz: {
    status: 200,
    response: {
      status: "ready",
    },
  },
}
