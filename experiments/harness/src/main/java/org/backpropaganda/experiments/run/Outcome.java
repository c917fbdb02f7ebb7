package org.backpropaganda.experiments.run;

import java.nio.file.Path;
import org.backpropaganda.experiments.model.Strategy;
import org.jspecify.annotations.Nullable;

/**
 * What a run left: its result, or why there is none.
 *
 * @param strategy how it trained
 * @param result null where it failed
 * @param failure why it failed, in one sentence; empty where it did not
 * @param timeline the live bytes of one step, event by event: a file that is there where the run did not fail
 * @param log what it wrote to its error stream: a file
 */
public record Outcome(Strategy strategy, @Nullable RunResult result, String failure, Path timeline, Path log) {}
