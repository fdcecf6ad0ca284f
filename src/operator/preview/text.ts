import type { Style } from "../../cli/style.ts";
import { KIND_NAMES } from "../../identity/notes.ts";
import type { PreviewReport, ReportedPart } from "./report.ts";
import { withShortStrings } from "./short_strings.ts";

const LABEL_WIDTH = 11;

/** A report for people, on one screen. */
export function previewText(report: PreviewReport, style: Style): string {
  const { admission, guest, identity, role, token, domain } = report;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["Sidecar", [sidecarLine(report, style)]],
    ...(admission.outcome === "not opted in"
      ? []
      : [["Admission", [admissionLine(report, style)]] as const]),
    ["Guest", [`${guest.os} (${guest.evidence})`]],
    ["Identity", [KIND_NAMES[identity.kind]]],
    ["Role", [
      role.arn === null
        ? style.doubtful(`none: ${role.source}`)
        : `${role.arn || "unknown"} (${role.source})`,
    ]],
    ...(identity.agent === null ? [] : [["Agent", [agentLine(identity.agent, style)]] as const]),
    ["Delivery", deliveryLines(report, style)],
    [
      "Token",
      token !== null
        ? [
          `${token.file} in the guest, readable by ${readers(token.readers)}`,
          `from the virtiofs share ${token.shareTag}, mounted at ${token.shareMountedAt}`,
        ]
        : ["not in the guest, because nothing mounts the share"],
    ],
    [
      "Variables",
      token !== null
        ? [
          ...Object.entries(report.variables).map(([name, value]) =>
            `${name}=${value}${name === "AWS_REGION" ? ` (${report.region.source})` : ""}`
          ),
          ...report.leftOut.map(({ variable, reason }) =>
            style.doubtful(`${variable} is left out: ${reason}`)
          ),
        ]
        : ["none"],
    ],
    ["User data", userDataLines(report, style)],
    [
      "Domain",
      domain.diff.length === 0
        ? ["unchanged"]
        : withShortStrings(domain.diff).map((line) => diffLine(line, style)),
    ],
  ];
  return [
    `${style.strong(report.virtualMachine)} ${style.quiet(`(${report.file}:${report.line})`)}`,
    ...rows.flatMap(([label, lines]) =>
      lines.map((line, index) =>
        `  ${
          index === 0 ? style.strong(label.padEnd(LABEL_WIDTH)) : " ".repeat(LABEL_WIDTH)
        }${line}`
      )
    ),
    ...report.warnings.map((warning) => `  ${style.doubtful("Warning")}    ${warning}`),
    "",
  ].join("\n");
}

function sidecarLine({ sidecar, sidecarProblem }: PreviewReport, style: Style): string {
  if (sidecar !== null) return sidecar;
  return style.doubtful(
    sidecarProblem === null
      ? "not among the VM's hook sidecars"
      : `unknown, because the annotation cannot be read: ${sidecarProblem}`,
  );
}

function admissionLine({ admission }: PreviewReport, style: Style): string {
  switch (admission.outcome) {
    case "enrolled":
      return `the policy adds ${admission.added.join(", ") || "nothing: all is there"}`;
    case "refused":
      return style.bad(`the VM is refused: ${admission.reason}`);
    default:
      return style.doubtful(`the policy adds nothing: ${admission.reason}`);
  }
}

/** How the guest reaches the agent of EKS Pod Identity. */
function agentLine(
  { url, access }: NonNullable<PreviewReport["identity"]["agent"]>,
  style: Style,
): string {
  switch (access.kind) {
    case "route":
      return `${url}, by a route of its own: ${access.route.address}/32 via ${access.route.gateway}`;
    case "any route":
      return `${url}, by the guest's own routes`;
    case "doubtful":
      return style.doubtful(`${url} may not be reached: ${access.reason}`);
  }
}

/** One line of a diff, coloured. */
export function diffLine(line: string, style: Style): string {
  const text = line.replaceAll("\t", "  ");
  if (line.startsWith("+")) return style.good(text);
  return line.startsWith("-") ? style.bad(text) : style.quiet(text);
}

function readers(tokenReaders: string): string {
  if (tokenReaders === "everyone") return "every user";
  return tokenReaders === "root"
    ? "root alone"
    : `root and the group ${tokenReaders.slice("group:".length)}`;
}

function deliveryLines(
  { delivery: { way, notByDomain } }: PreviewReport,
  style: Style,
): readonly string[] {
  const lines = {
    "cloud-init": ["by the cloud-init data"],
    domain: ["by the domain, to a guest with systemd 252 or later"],
    both: ["by the cloud-init data; without cloud-init, by the domain to systemd 256 or later"],
    none: [style.doubtful("none")],
  }[way];
  return notByDomain === null ? lines : [...lines, `not by the domain: ${notByDomain}`];
}

function userDataLines({ userData, delivery }: PreviewReport, style: Style): readonly string[] {
  switch (userData.outcome) {
    case "injected":
      return [
        `a message (the original is: ${userData.format})`,
        ...userData.parts.map(partLine),
      ];
    case "untouched":
      return delivery.way === "none"
        ? [style.doubtful(`unchanged, and the guest gets no role: ${userData.reason}`)]
        : [`unchanged: ${userData.reason}`];
    case "unknown":
      return [`parts are added to the original, which is unknown: ${userData.reason}`];
    case "not asked":
      return [
        delivery.way === "none"
          ? style.doubtful(`unchanged: ${userData.reason}`)
          : `unchanged: ${userData.reason}`,
      ];
  }
}

function partLine({ isAdded, type, filename, bytes }: ReportedPart): string {
  const what = [type, filename, `${bytes} bytes`].filter((word) => word !== "").join(", ");
  return isAdded ? `added     ${what}` : `original  ${what}`;
}
