#!/usr/bin/env bash
# Lays the command and the gateway out in a folder of their own: compiled, with what they need to run and nothing else,
# in the versions of package-lock.json. Run it in a checkout after `npm ci`: deploy/install.sh /opt/wecom-push
# With --with-node the Node of this checkout is laid beside them: the folder then runs on a machine without Node, of the same
# system and processor.
# 把命令和网关部署到单独的目录：已编译，只含运行所需的依赖，版本以 package-lock.json 为准。
# 在仓库中执行 npm ci 之后运行：deploy/install.sh /opt/wecom-push
# 加上 --with-node 会一并放入本仓库的 Node：该目录可在没有 Node 的机器上运行（系统和处理器架构须相同）。
set -euo pipefail
with_node=
if [[ ${1-} == --with-node ]]; then
  with_node=yes
  shift
fi
folder=$(realpath -m "${1:?which folder? as in: deploy/install.sh --with-node /opt/wecom-push}")
cd "$(dirname "$0")/.."
# Where npm has brought it.
node=node_modules/node-$(node -p '`${process.platform}-${process.arch}`')
if [[ -n $with_node && ! -x $node/bin/node ]]; then
  echo "$node is missing: run npm ci without --omit=optional; npm brings Node for Linux and for macOS on x64. 缺少 $node：请执行 npm ci（不要加 --omit=optional）；npm 提供 Linux 和 macOS x64 的 Node。" >&2
  exit 1
fi

npm run build
mkdir -p "$folder"
# What an earlier version left would be run beside the new one.
rm -rf "${folder:?}/packages" "$folder/node_modules" "$folder/node"
cp package.json package-lock.json LICENSE "$folder"
for package in packages/*; do
  mkdir -p "$folder/$package"
  if [[ $(node -p "require('./$package/package.json').private === true") == true ]]; then
    # The lock names it, and nothing of it is needed to run.
    cp "$package/package.json" "$folder/$package"
  else
    # What would be published.
    tarball=$(cd "$package" && npm pack --silent --ignore-scripts --pack-destination "$folder")
    tar -xzf "$folder/$tarball" -C "$folder/$package" --strip-components=1
    rm "$folder/$tarball"
  fi
done
if [[ -n $with_node ]]; then
  install -D "$node/bin/node" "$folder/node/bin/node"
  install -D -m 0644 "$node/LICENSE" "$folder/node/LICENSE"
fi
cd "$folder"
# The pinned Node is an optional dependency of the checkout: npm would bring what is not asked for here.
npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
