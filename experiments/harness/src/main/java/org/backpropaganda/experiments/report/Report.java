package org.backpropaganda.experiments.report;

import java.util.List;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;

/**
 * {@code report.json}.
 *
 * @param schema of this file; 1
 */
public record Report(int schema, RunConfig config, Environment environment, List<RunResult> runs) {}
