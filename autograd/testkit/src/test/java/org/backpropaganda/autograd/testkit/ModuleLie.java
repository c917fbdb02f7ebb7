package org.backpropaganda.autograd.testkit;

/** How {@link LyingModule} departs from an honest one, with the law that must notice and what it must say. */
enum ModuleLie {
    NONE("", ""),
    GIVES_A_WRONG_GRADIENT("gradientsAreThoseOfFiniteDifferences", "gradient"),
    MIXES_UP_ITS_CALLS("gradientsAddUpOverTwoCalls", "gradient"),
    ROUNDS_IN_FLOAT("floatIsCloseToDouble", "output 0"),
    DRAWS_WITHOUT_THE_KEY("repeatsBitForBit", "output 0"),
    WRITES_ITS_PARAMETER("leavesInputsAndParametersAlone", "parameter weight"),
    WRITES_ITS_INPUT("leavesInputsAndParametersAlone", "input 0"),
    KEEPS_A_TENSOR("leavesNothingBehind", "after a step"),
    HOLDS_AN_ACTIVATION("holdsNoActivationsAfterBackward", "ACTIVATION after backward"),
    MOVES_STATISTICS_AGAIN_IN_BACKWARD("effectsHappenOnce", "buffer after backward"),
    MOVES_STATISTICS_WHERE_RECORDED_ALONE("effectsHappenOnce", "buffer after forward"),
    COMPUTES_ANOTHER_THING_UNRECORDED("computesTheSameWithoutRecording", "output 0"),
    DROPS_OUT_IN_EVALUATION("evaluationIsAFunctionAndChangesNothing", "output 0"),
    MOVES_STATISTICS_IN_EVALUATION("evaluationIsAFunctionAndChangesNothing", "buffer moved"),
    RENAMES_ITS_PARAMETER("parametersHaveNamesOfTheirOwn", "elsewhere"),
    COMPUTES_ANOTHER_THING_ON_SHAPES("summaryTellsWhatTheLedgerMeasures", "savedBytes");

    private final String law;
    private final String says;

    ModuleLie(String law, String says) {
        this.law = law;
        this.says = says;
    }

    /** The law that is broken. */
    String law() {
        return law;
    }

    /** Part of the message. */
    String says() {
        return says;
    }
}
