package org.backpropaganda.autograd.testkit;

/** How {@link LyingProduct} departs from an honest product, with the law that must notice and what it must say. */
enum Lie {
    NONE("", ""),
    TELLS_ANOTHER_SHAPE_WHEN_ASKED_AGAIN("inferTellsTheOutput", "FLOAT[6]"),
    TAKES_ANYTHING("refusesWhatDoesNotFit", "Expecting code to raise a throwable"),
    REFUSES_WITHOUT_ITS_NAME("refusesWhatDoesNotFit", "shapes differ"),
    REFUSES_WITHOUT_THE_SHAPES("refusesWhatDoesNotFit", "lyingproduct: does not fit"),
    REFUSES_BY_ANOTHER_EXCEPTION("refusesWhatDoesNotFit", "IllegalArgumentException"),
    GIVES_A_WRONG_GRADIENT("gradientsAreThoseOfFiniteDifferences", "gradient"),
    GIVES_NO_GRADIENT("gradientsAreThoseOfFiniteDifferences", "gradient"),
    ROUNDS_IN_FLOAT("floatIsCloseToDouble", "output"),
    GIVES_ANOTHER_GRADIENT_IN_FLOAT("floatIsCloseToDouble", "gradient of input 0"),
    WRITES_ITS_INPUT("leavesInputsAndOutputGradientAlone", "tensor 0"),
    WRITES_A_SAVED_INPUT("leavesInputsAndOutputGradientAlone", "tensor 1"),
    WRITES_THE_OUTPUT_GRADIENT("leavesInputsAndOutputGradientAlone", "tensor 2"),
    IS_A_VIEW_THAT_SAYS_IT_IS_NONE("outputIsAnInputOnlyIfDeclaredSo", "shares the bytes of input 0"),
    READS_WHAT_IT_DOES_NOT_SAVE("readsOnlyWhatItDeclaresAsSaved", "gradient of input 0"),
    SAVES_AN_INPUT_FOR_NOTHING(
            "savesNothingThatItDoesNotRead", "a backward without input 0, which is saved where [0] need gradients"),
    SAVES_THE_OUTPUT_FOR_NOTHING("savesNothingThatItDoesNotRead", "a backward without the output"),
    LEAVES_SCRATCH("holdsTheBytesItDeclaresAndFreesThem", "SCRATCH"),
    HOLDS_MORE_THAN_IT_DECLARES("holdsTheBytesItDeclaresAndFreesThem", "ACTIVATION after forward"),
    DIFFERS_FROM_RUN_TO_RUN("repeatsBitForBit", "output"),
    GIVES_GRADIENTS_THAT_DIFFER_FROM_RUN_TO_RUN("repeatsBitForBit", "gradient of input 0"),
    COMPUTES_ANOTHER_THING_UNRECORDED("computesTheSameWithoutRecordingAndKeepsNothing", "output"),
    LEAVES_SCRATCH_UNRECORDED("computesTheSameWithoutRecordingAndKeepsNothing", "SCRATCH"),
    OVERWRITES_GRADIENTS("addsToGradientsThatAreThere", "gradient of input 0"),
    HEEDS_WHO_NEEDS_A_GRADIENT("givesTheSameWhicheverInputsNeedIt", "where [0] need one"),
    COUNTS_ITS_FORWARDS("doesNothingWhereNoGradientArrives", "gradient of input 0"),
    READS_WHAT_IT_HAS_OVERWRITTEN("givesTheSameWhereTheOutputGradientMayBeOverwritten", "gradient of input 0"),
    COMPUTES_ANOTHER_THING_AGAIN("isComputedAgainBitForBit", "computed again"),
    RECALLS_WHAT_IT_DOES_NOT_KEEP("recallsExtrasOfItsOwn", "extras that it recalls"),
    RECORDS_ANOTHER_GRADIENT("recordedBackwardAgreesWithVjp", "gradient of input 0"),
    SWALLOWS_NAN("nanShowsInAllThatDependsOnIt", "is NaN"),
    HIDES_A_SECOND_DERIVATIVE("secondDerivativesAreThoseOfFiniteDifferences", "gradient");

    private final String law;
    private final String says;

    Lie(String law, String says) {
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
