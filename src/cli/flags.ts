import { HOOK_VERSIONS, HOOKS } from "../hooks/info.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log/logger.ts";
import { DELIVERIES } from "../plan/options.ts";

/** A flag, as the help and the shell completion show it. Every flag takes a value. */
export interface Flag {
  /** The value: words to choose from, joined by `|`, or a name in capitals. */
  readonly value: string;
  readonly help: string;
}

export const GUESTS = ["auto", "linux", "windows"] as const;
export const PREVIEW_OUTPUTS = ["text", "json", "user-data", "domain"] as const;
export const CHECK_OUTPUTS = ["text", "json"] as const;
export const SYSPREP_OUTPUTS = ["file", "patch", "command"] as const;

/** The flags that change what is done to a VM. */
const DECISION_FLAGS = {
  "hooks": {
    value: HOOKS.join(","),
    help: "hook points to subscribe to (default: both if the pod has a role, else none);\n" +
      "a VM without a cloud-init volume needs onDefineDomain alone",
  },
  "delivery": {
    value: DELIVERIES.join("|"),
    help: "how a Linux guest gets the role (default: auto, by its cloud-init data, and by the\n" +
      "domain where cloud-init does not run)",
  },
  "os": {
    value: GUESTS.join("|"),
    help: "the guest (default: auto, by the VMI and its user data)",
  },
  "mount-path": {
    value: "PATH",
    help:
      "where the guest mounts the share \n(default: /aws-iam-token, C:\\ProgramData\\eks-irsa-sidecar\\share)",
  },
  "mount-tag": { value: "TAG", help: "virtiofs tag of the share (default: aws-iam-token)" },
  "virtiofs-socket": {
    value: "PATH",
    help: "virtiofsd's socket, as the compute container sees it\n" +
      "(default: /var/run/kubevirt/virtiofs-containers/aws-iam-token.sock)",
  },
  "token-readers": {
    value: "everyone|root|group:NAME",
    help: "who may read the token in a Linux guest (default: everyone)",
  },
} as const satisfies Record<string, Flag>;

/** The flags of each command, in the order of its help. */
export const SERVE_FLAGS = {
  "version": {
    value: HOOK_VERSIONS.toReversed().join("|"),
    help: "hook version to serve (default: all)",
  },
  "socket": {
    value: "PATH",
    help: "where to listen (default: /var/run/kubevirt-hooks/eks-irsa-$CONTAINER_NAME.sock)",
  },
  ...DECISION_FLAGS,
  "log-level": { value: LOG_LEVELS.join("|"), help: "lowest level to log (default: info)" },
  "log-format": {
    value: LOG_FORMATS.join("|"),
    help: "how to log (default: json, as KubeVirt does)",
  },
} as const satisfies Record<string, Flag>;

const TOKEN_FILE_FLAG: Flag = {
  value: "PATH",
  help:
    "the file of IRSA's token in the pod, where the cluster's pod identity webhook has another\n" +
    "folder than EKS's",
};

export const PREVIEW_FLAGS = {
  "role-arn": {
    value: "ARN",
    help: "the role to preview with (default: from the environment, else from the manifest's\n" +
      "service account, else an example)",
  },
  "region": {
    value: "REGION",
    help: "the region to preview with (default: from the environment, else an example)",
  },
  "token-file": TOKEN_FILE_FLAG,
  "output": {
    value: PREVIEW_OUTPUTS.join("|"),
    help:
      "what to print (default: text, a summary); user-data is the user data on the guest's disk,\n" +
      "with your own secrets in it; domain is a diff of the domain XML",
  },
  ...DECISION_FLAGS,
} as const satisfies Record<string, Flag>;

export const CHECK_FLAGS = {
  "service-account": {
    value: "FILE",
    help: "manifest of the VM's service account (it may also be in the VM's file)",
  },
  "kubevirt": {
    value: "FILE",
    help: "manifest of the KubeVirt resource, for its feature gates; or of OpenShift's\n" +
      "HyperConverged resource",
  },
  "trust-policy": {
    value: "FILE",
    help: "the trust policy of the role, as aws iam get-role prints it",
  },
  "token-audience": {
    value: "AUDIENCE",
    help: "the audience that the cluster's pod identity webhook asks for, to compare with the\n" +
      "trust policy (default: from the manifests, or EKS's)",
  },
  "token-file": TOKEN_FILE_FLAG,
  "output": { value: CHECK_OUTPUTS.join("|"), help: "how to print (default: text)" },
} as const satisfies Record<string, Flag>;

export const SYSPREP_FLAGS = {
  "role-arn": {
    value: "ARN",
    help: "the VM's role (default: that of the manifest's service account)",
  },
  "region": { value: "REGION", help: "the cluster's region; needed for the script" },
  "token-file": TOKEN_FILE_FLAG,
  "output": {
    value: SYSPREP_OUTPUTS.join("|"),
    help: "what to print (default: file, the script; patch is JSON that sets its key in the\n" +
      "ConfigMap or Secret; command is what the unattend file runs, the same for every VM)",
  },
} as const satisfies Record<string, Flag>;

export type ServeFlag = keyof typeof SERVE_FLAGS;

/** The flags that `preview` takes in place of the arguments in the manifest's annotation. */
export const DECISION_FLAG_NAMES: readonly string[] = Object.keys(DECISION_FLAGS);
