package hint

// A Failure is why a run could not reach a verdict, and what to do about it.
type Failure struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Describe returns the Failure of an error with known advice, or nil if err is nil.
func Describe(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{Message: err.Error(), Hint: Of(Explain(err))}
}
