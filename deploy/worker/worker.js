// A Cloudflare Worker; wrangler.toml says how the folder `codec` is made.

import { instantiate } from "./codec/bedrock_gateway_codec.js";
import core from "./codec/bedrock_gateway_codec.core.wasm";
import core2 from "./codec/bedrock_gateway_codec.core2.wasm";
import core3 from "./codec/bedrock_gateway_codec.core3.wasm";
import { handler } from "./gateway.js";

const cores = {
  "bedrock_gateway_codec.core.wasm": core,
  "bedrock_gateway_codec.core2.wasm": core2,
  "bedrock_gateway_codec.core3.wasm": core3,
};
const { gatewayCodec } = instantiate((name) => cores[name], {});
let serve;

export default {
  // The Worker's variables and secrets are the gateway's and AWS's.
  fetch(request, env) {
    serve ??= handler(new gatewayCodec.Gateway(Object.entries(env).filter(([, value]) => typeof value === "string")));
    return serve(request);
  },
};
