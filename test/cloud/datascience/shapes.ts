import type { Infrastructure } from "./model.ts";

/** A shape of ListJobShapes. */
export interface Shape {
  readonly name: string;
  readonly coreCount: number;
  readonly memoryInGBs: number;
  readonly shapeSeries: "AMD_ROME" | "INTEL_SKYLAKE" | "NVIDIA_GPU" | "GENERIC" | "LEGACY" | "ARM";
}

const shape = (name: string, coreCount: number, memoryInGBs: number, shapeSeries: Shape["shapeSeries"]): Shape => ({
  name,
  coreCount,
  memoryInGBs,
  shapeSeries,
});

/** Some of the service's; of a flexible shape, the most that it can have. */
export const shapes: readonly Shape[] = [
  shape("VM.Standard2.1", 1, 15, "INTEL_SKYLAKE"),
  shape("VM.Standard2.2", 2, 30, "INTEL_SKYLAKE"),
  shape("VM.Standard2.24", 24, 320, "INTEL_SKYLAKE"),
  shape("VM.Standard3.Flex", 32, 512, "INTEL_SKYLAKE"),
  shape("VM.Standard.E3.Flex", 64, 1024, "AMD_ROME"),
  shape("VM.Standard.E4.Flex", 64, 1024, "AMD_ROME"),
  shape("VM.Standard.E5.Flex", 94, 1049, "AMD_ROME"),
  shape("VM.Standard.A1.Flex", 80, 512, "ARM"),
  shape("VM.GPU2.1", 12, 72, "NVIDIA_GPU"),
  shape("VM.GPU3.1", 6, 90, "NVIDIA_GPU"),
  shape("VM.GPU.A10.1", 15, 240, "NVIDIA_GPU"),
];

/** What is kept warm, so that a run starts sooner. */
export const fastLaunchShapes: readonly string[] = ["VM.Standard2.1", "VM.Standard.E3.Flex", "VM.Standard.E4.Flex"];

/** What a shape and its configuration come to; undefined where there is no such shape. */
export function sizeOf(infrastructure: Infrastructure): { ocpus: number; memoryInGBs: number } | undefined {
  const found = shapes.find(({ name }) => name === infrastructure.shapeName);
  if (found === undefined) return undefined;
  const { ocpus, memoryInGBs } = infrastructure.jobShapeConfigDetails ?? {};
  return { ocpus: Number(ocpus ?? found.coreCount), memoryInGBs: Number(memoryInGBs ?? found.memoryInGBs) };
}
