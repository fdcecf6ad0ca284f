import { type AdmissionCase, INJECT_LABEL } from "./case.ts";
import {
  accountVolume,
  annotated,
  CLOUD_INIT,
  disk,
  enrolled,
  enrolledAs,
  leftAlone,
  optedIn,
  OWNED,
  virtiofs,
  vmi,
} from "./vmi.ts";

/** Who is enrolled, who is left alone, and which service account counts. */
export const ENROLMENT_CASES: readonly AdmissionCase[] = [
  // Who is enrolled.
  {
    name: "the label, and spec.serviceAccountName",
    vmi: vmi("account-field", optedIn, { serviceAccountName: "report-writer" }),
    expected: enrolled(),
  },
  {
    name: "the label, and the annotation with the account",
    vmi: vmi("account-annotation", { ...optedIn, ...annotated("report-writer") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "the label, and a serviceAccount volume",
    vmi: vmi(
      "account-volume",
      optedIn,
      { volumes: [CLOUD_INIT, accountVolume("sa", "report-writer")] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("sa")] },
    ),
    expected: enrolled(),
  },
  {
    name: "the namespace's label, and its default account",
    vmi: vmi("namespace-default", { namespace: "shop", ...OWNED }),
    expected: enrolled(),
  },
  {
    name: "the namespace's label, and the annotation with the account",
    vmi: vmi("namespace-annotation", { namespace: "shop", ...OWNED, ...annotated("orders") }),
    ...enrolledAs("orders"),
  },
  {
    name: "both labels",
    vmi: vmi("both-labels", { namespace: "shop", ...OWNED, ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "the label, in a namespace that opts out",
    vmi: vmi("own-label-first", { namespace: "closed", ...OWNED, ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "a VMI without an owner, with the label, in a namespace with the label",
    vmi: vmi("own-manifest", { namespace: "shop", ...optedIn }),
    expected: enrolled(),
  },
  {
    name: "the older version of KubeVirt's API",
    vmi: {
      ...vmi("v1alpha3", optedIn, { serviceAccountName: "report-writer" }),
      apiVersion: "kubevirt.io/v1alpha3",
    },
    expected: enrolled(),
  },

  // Who is left alone.
  {
    name: "no label",
    vmi: vmi("no-label", OWNED, { serviceAccountName: "report-writer" }),
    ...leftAlone("not opted in"),
  },
  {
    name: "no label, but the annotation",
    vmi: vmi("annotation-alone", { ...OWNED, ...annotated("report-writer") }),
    ...leftAlone("not opted in"),
  },
  {
    name: "the label false",
    vmi: vmi("opted-out", { labels: { [INJECT_LABEL]: "false" } }, {
      serviceAccountName: "report-writer",
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "the label false, in a namespace with the label",
    vmi: vmi("own-opt-out", {
      namespace: "shop",
      ...OWNED,
      labels: { [INJECT_LABEL]: "false" },
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "a namespace that opts out",
    vmi: vmi("namespace-opts-out", { namespace: "closed", ...OWNED }),
    ...leftAlone("opted out"),
  },
  {
    name: "an unknown value of the label",
    vmi: vmi("unknown-value", { labels: { [INJECT_LABEL]: "yes" } }, {
      serviceAccountName: "report-writer",
    }),
    ...leftAlone("unknown value"),
  },
  {
    name: "an empty value of the label, in a namespace with the label",
    vmi: vmi("empty-value", { namespace: "shop", ...OWNED, labels: { [INJECT_LABEL]: "" } }),
    ...leftAlone("unknown value"),
  },
  {
    name: "a VMI without an owner, in a namespace with the label",
    vmi: vmi("no-owner", { namespace: "shop" }),
    ...leftAlone("no owner"),
  },
  {
    name: "an account without a role",
    vmi: vmi("plain-account", optedIn, { serviceAccountName: "plain" }),
    ...leftAlone("no role"),
  },
  {
    name: "an account with an empty role",
    vmi: vmi("empty-role", optedIn, { serviceAccountName: "empty" }),
    ...leftAlone("no role"),
  },
  {
    name: "the annotation with an account without a role",
    vmi: vmi("plain-annotation", { ...optedIn, ...annotated("plain") }),
    ...leftAlone("no role"),
  },
  {
    name: "no account, where the default account has no role",
    vmi: vmi("default-account", optedIn),
    ...leftAlone("no role"),
  },
  {
    name: "an account that does not exist",
    vmi: vmi("unknown-account", optedIn, { serviceAccountName: "nobody" }),
    ...leftAlone("no account"),
  },
  {
    name: "an account of another namespace",
    vmi: vmi("other-namespace", optedIn, { serviceAccountName: "orders" }),
    ...leftAlone("no account"),
  },

  // Which account counts.
  {
    name: "spec.serviceAccountName comes before the annotation",
    vmi: vmi("field-first", { ...optedIn, ...annotated("plain") }, {
      serviceAccountName: "report-writer",
    }),
    expected: enrolled(),
  },
  {
    name: "spec.serviceAccountName without a role comes before the annotation",
    vmi: vmi("plain-field-first", { ...optedIn, ...annotated("report-writer") }, {
      serviceAccountName: "plain",
    }),
    ...leftAlone("no role"),
  },
  {
    name: "a serviceAccount volume comes before the annotation",
    vmi: vmi(
      "volume-first",
      { ...optedIn, ...annotated("plain") },
      { volumes: [accountVolume("sa", "report-writer"), CLOUD_INIT] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("sa")] },
    ),
    expected: enrolled(),
  },
  {
    name: "empty names of accounts do not count",
    vmi: vmi("empty-names", { namespace: "shop", ...OWNED, ...annotated("") }, {
      serviceAccountName: "",
    }),
    expected: enrolled(),
  },
];
